/** The functions of jstat that are used here; the package brings no types. */
declare module "jstat" {
  const jstat: {
    beta: { inv(p: number, alpha: number, beta: number): number };
    normal: {
      cdf(x: number, mean: number, sd: number): number;
      inv(p: number, mean: number, sd: number): number;
    };
    studentt: { inv(p: number, df: number): number };
    gammaln(x: number): number;
    ibeta(x: number, a: number, b: number): number;
  };
  export default jstat;
}
