/** The guest's web APIs as one script; the build makes it out of `guest/`. */
declare module "#guest-script" {
  const script: string
  export default script
}

/** The scripts of the heavier web APIs, by feature. */
declare module "#guest-features" {
  const scripts: Readonly<Record<string, string>>
  export default scripts
}
