/** The one function of jstat that is used here; the package brings no types. */
declare module "jstat" {
  const jstat: { normal: { inv(p: number, mean: number, sd: number): number } };
  export default jstat;
}
