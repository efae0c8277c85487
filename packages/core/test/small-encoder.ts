import type { Tf } from "../src/backend/openers.ts";

/**
 * A toy encoder and head, four tokens a text, that uses every kernel a real one's training needs:
 * gather, layer norm, erf, attention, one-hot and their gradients.
 * @returns the losses of five steps
 */
export async function trainSmallEncoder(tf: Tf): Promise<number[]> {
  const random = (shape: number[], seed: number) =>
    tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, 0.5, "float32", seed)));
  const [words, query, out] = [random([9, 8], 1), random([8, 8], 2), random([8, 3], 3)] as const;
  const ids = tf.tensor2d([1, 4, 4, 0, 8, 2, 7, 0], [2, 4], "int32");
  const labels = tf.tensor1d([0, 2], "int32");
  const toLoss = () => {
    const x = normalise(tf, tf.gather(words, ids));
    const scores = tf.matMul(
      tf.matMul(x, tf.tile(tf.expandDims(query), [2, 1, 1])),
      x,
      false,
      true,
    );
    const y = gelu(tf, tf.matMul(tf.softmax(scores), x));
    const logits = tf.matMul(tf.mean(tf.transpose(y, [1, 0, 2]), 0), out);
    const picked = tf.sum(tf.mul(tf.oneHot(labels, 3), tf.logSoftmax(logits)), -1);
    return tf.neg(tf.mean(picked)).asScalar();
  };
  const optimizer = tf.train.adam(0.05);
  const losses: number[] = [];
  for (let step = 0; step < 5; step++) {
    const loss = optimizer.minimize(toLoss, true);
    losses.push((await loss?.data())?.[0] ?? Number.NaN);
    loss?.dispose();
  }
  return losses;
}

type Tensor = ReturnType<Tf["tensor"]>;

function normalise(tf: Tf, x: Tensor): Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5)));
}

function gelu(tf: Tf, x: Tensor): Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1));
}
