/** The guest's web APIs as one script; the build makes it out of `guest/`. */
declare module "#guest-script" {
  const script: string
  export default script
}
