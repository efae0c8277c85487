import type { Tf } from "@seedling/core/internal";

type Kernel = NonNullable<ReturnType<Tf["getKernel"]>>;
type KernelCall = Parameters<Kernel["kernelFunc"]>[0];
type TensorInfo = NonNullable<KernelCall["inputs"][string]>;

/** What is asked of tfjs's wasm backend beyond the type that tfjs gives it. */
interface Disposing {
  disposeData(dataId: object): void;
}

const patched = new WeakSet<Tf>();

/**
 * Makes products of transposed matrices quick on wasm: its kernels multiply more than ten times slower
 * where either side is to be read transposed, so it is transposed first. The values stay the same. To
 * be called once wasm is open, as often as one likes.
 */
export function speedUpWasmMatMul(tf: Tf): void {
  if (patched.has(tf)) return;
  patched.add(tf);
  const transpose = toKernel(tf, "Transpose");
  for (const name of ["BatchMatMul", "_FusedMatMul"]) {
    const plain = toKernel(tf, name);
    tf.unregisterKernel(name, "wasm");
    tf.registerKernel({ ...plain, kernelFunc: transposingFirst(plain, transpose) });
  }
}

function toKernel(tf: Tf, name: string): Kernel {
  const kernel = tf.getKernel(name, "wasm");
  if (!kernel) throw new RangeError(`wasm has no kernel ${name}`);
  return kernel;
}

function transposingFirst(plain: Kernel, transpose: Kernel): Kernel["kernelFunc"] {
  return ({ inputs, backend, attrs }) => {
    const made: TensorInfo[] = [];
    const toPlain = (x: TensorInfo | undefined, isTransposed: unknown): TensorInfo | undefined => {
      if (!x || !isTransposed) return x;
      const axes = x.shape.map((_, axis) => axis);
      const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
      const turned = transpose.kernelFunc({ inputs: { x }, backend, attrs: { perm } });
      made.push(turned as TensorInfo);
      return turned as TensorInfo;
    };
    const a = toPlain(inputs.a, attrs?.transposeA);
    const b = toPlain(inputs.b, attrs?.transposeB);
    const product = plain.kernelFunc({
      inputs: { ...inputs, a, b },
      backend,
      attrs: { ...attrs, transposeA: false, transposeB: false },
    });
    for (const { dataId } of made) (backend as Disposing).disposeData(dataId);
    return product;
  };
}
