import type { Tf } from "@seedling/core/internal";

type Kernel = NonNullable<ReturnType<Tf["getKernel"]>>;
type KernelCall = Parameters<Kernel["kernelFunc"]>[0];
type TensorInfo = NonNullable<KernelCall["inputs"][string]>;

/** A member of tfjs's wasm backend that tfjs's type leaves out. */
interface Disposing {
  disposeData(dataId: object): void;
}

const patched = new WeakSet<Tf>();

/**
 * Speeds up products of transposed matrices on wasm: its kernels are more than ten times slower where one
 * side is read transposed, so that side is transposed first. The values stay the same. Call it after wasm
 * is open; further calls do nothing.
 */
export function speedUpWasmMatMul(tf: Tf): void {
  if (patched.has(tf)) return;
  patched.add(tf);
  const [plain, transpose] = [findKernel(tf, "BatchMatMul"), findKernel(tf, "Transpose")];
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({ ...plain, kernelFunc: transposingFirst(plain, transpose) });
}

function findKernel(tf: Tf, name: string): Kernel {
  const kernel = tf.getKernel(name, "wasm");
  if (!kernel) throw new RangeError(`wasm has no kernel ${name}`);
  return kernel;
}

function transposingFirst(plain: Kernel, transpose: Kernel): Kernel["kernelFunc"] {
  return ({ inputs, backend, attrs }) => {
    const temporary: TensorInfo[] = [];
    const toPlain = (x: TensorInfo | undefined, isTransposed: unknown): TensorInfo | undefined => {
      if (!x || !isTransposed) return x;
      const axes = x.shape.map((_, axis) => axis);
      const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
      const turned = transpose.kernelFunc({ inputs: { x }, backend, attrs: { perm } });
      temporary.push(turned as TensorInfo);
      return turned as TensorInfo;
    };
    const a = toPlain(inputs.a, attrs?.transposeA);
    const b = toPlain(inputs.b, attrs?.transposeB);
    const product = plain.kernelFunc({
      inputs: { ...inputs, a, b },
      backend,
      attrs: { ...attrs, transposeA: false, transposeB: false },
    });
    for (const { dataId } of temporary) (backend as Disposing).disposeData(dataId);
    return product;
  };
}
