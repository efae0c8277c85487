// One file of the package, since importing its parts one by one takes a second longer.
declare module "echarts/dist/echarts.esm.min.mjs" {
  export * from "echarts";
}
