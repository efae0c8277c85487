import type { Backend, Tf } from "@seedling/core/internal";

/** A tensor of any rank. */
export type Tensor = ReturnType<Tf["tensor"]>;

/** Operations that some backend computes faster than by tfjs's own; everything else is `tf`. */
export interface Ops {
  tf: Tf;
  /** TensorFlow's own operations, on the native backends. */
  native: TensorFlowCalls | null;
  /** Products of matrices in the last two axes, either side transposed; leading axes are equal. */
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  /** [rows, columns] + [columns], to every row. */
  addBias(x: Tensor, bias: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  /** The gradient where ReLU gave something, else 0. @param active what ReLU gave */
  reluGradient(gradient: Tensor, active: Tensor): Tensor;
  /** [rows, columns] -> [columns], the sum over rows. */
  sumRows(x: Tensor): Tensor;
  /** The sum of all squares, a scalar. */
  sumSquares(x: Tensor): Tensor;
  /** Draws uniformly from [0, 1), the same for the same key; null: the backend cannot repeat itself. */
  draw: ((shape: number[], key: { seed: number; index: number }) => Tensor) | null;
}

/** Creates the operations of a backend. On wasm it speeds up products of transposed matrices. */
export function createOps({ tf, name }: Pick<Backend, "tf" | "name">): Ops {
  if (name.startsWith("tfjs-node")) return createNativeOps(tf);
  if (name === "wasm") speedUpWasmMatMul(tf);
  return {
    tf,
    native: null,
    matMul: (a, b, transposeA, transposeB) => tf.matMul(a, b, transposeA, transposeB),
    addBias: (x, bias) => tf.add(x, bias),
    relu: (x) => tf.relu(x),
    reluGradient: (gradient, active) => tf.mul(gradient, tf.step(active)),
    sumRows: (x) => tf.sum(x, 0),
    sumSquares: (x) => tf.sum(tf.square(x)),
    draw: null,
  };
}

/** tf.tidy for any value: frees what was made inside and is not in it. */
export function tidy<T>(tf: Tf, work: () => T): T {
  return tf.tidy(work as () => never) as T;
}

/** An attribute of a TensorFlow operation, as the native binding takes it. */
type Attribute = { name: string; type: number; value: unknown };

/** Members of tfjs-node's backend that tfjs's type leaves out. */
interface NativeBackend {
  binding: Record<
    "TF_FLOAT" | "TF_ATTR_TYPE" | "TF_ATTR_BOOL" | "TF_ATTR_STRING" | "TF_ATTR_SHAPE",
    number
  >;
  executeSingleOutput(name: string, attributes: Attribute[], inputs: Tensor[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: Attribute[],
    inputs: Tensor[],
    outputs: number,
  ): Tensor[];
}

export type TensorFlowCalls = ReturnType<typeof createTensorFlowCalls>;

/** "float" is TensorFlow's type of 32 bits. */
type AttributeValue = "float" | boolean | { text: string } | { shape: number[] };

/**
 * Creates calls of the native TensorFlow's own operations, behind tfjs-node or tfjs-node-gpu, by their names.
 * Attributes that are left out have their default; types are those of the inputs. Each one given costs about a
 * microsecond.
 */
function createTensorFlowCalls(tf: Tf) {
  const backend = tf.backend() as unknown as NativeBackend;
  const { binding } = backend;
  const toAttribute = ([name, value]: [string, AttributeValue]): Attribute => {
    if (value === "float") return { name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
    if (typeof value === "boolean") return { name, type: binding.TF_ATTR_BOOL, value };
    return "text" in value
      ? { name, type: binding.TF_ATTR_STRING, value: value.text }
      : { name, type: binding.TF_ATTR_SHAPE, value: value.shape };
  };
  return {
    /** Runs an operation with one output. */
    run: (name: string, inputs: Tensor[], attributes: Record<string, AttributeValue> = {}) =>
      backend.executeSingleOutput(name, Object.entries(attributes).map(toAttribute), inputs),
    /** Runs an operation for its effect. */
    act(name: string, inputs: Tensor[], attributes: Record<string, AttributeValue> = {}): void {
      backend.executeMultipleOutputs(name, Object.entries(attributes).map(toAttribute), inputs, 0);
    },
  };
}

/**
 * Native TensorFlow's operations where tfjs takes a longer way: its matMul goes by the batched
 * product, and reshapes before and after it.
 */
function createNativeOps(tf: Tf): Ops {
  const native = createTensorFlowCalls(tf);
  return {
    tf,
    native,
    matMul(a, b, transposeA = false, transposeB = false) {
      if (a.rank > 2)
        return native.run("BatchMatMulV2", [a, b], { adj_x: transposeA, adj_y: transposeB });
      return native.run("MatMul", [a, b], { transpose_a: transposeA, transpose_b: transposeB });
    },
    addBias: (x, bias) => native.run("BiasAdd", [x, bias]),
    relu: (x) => native.run("Relu", [x]),
    reluGradient: (gradient, active) => native.run("ReluGrad", [gradient, active]),
    sumRows: (x) => native.run("BiasAddGrad", [x]),
    sumSquares: (x) => tf.mul(native.run("L2Loss", [x]), 2),
    draw: (shape, { seed, index }) =>
      native.run(
        "StatelessRandomUniform",
        [tf.tensor1d(shape, "int32"), tf.tensor1d([seed, index], "int32")],
        { dtype: "float" },
      ),
  };
}

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
