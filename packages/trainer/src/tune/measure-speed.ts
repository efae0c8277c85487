import type { Tf } from "@seedling/core/internal";

/** Floating-point operations a second of matrix products of an encoder's size, by a probe of under a second. */
export async function measureSpeed(tf: Tf): Promise<number> {
  const size = 768;
  const [a, b] = [tf.ones([512, size]), tf.ones([size, size])];
  const multiply = async () => {
    const product = tf.matMul(a, b);
    await product.data();
    product.dispose();
  };
  await multiply();
  const began = performance.now();
  let products = 0;
  while (performance.now() - began < 300) {
    await multiply();
    products += 1;
  }
  const seconds = (performance.now() - began) / 1000;
  tf.dispose([a, b]);
  return (products * 2 * 512 * size * size) / seconds;
}
