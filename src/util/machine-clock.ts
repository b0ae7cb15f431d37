/** Epoch milliseconds of the machine itself, also where a host's tests have put a clock of their own in its place. */
export const machineNow: () => number = Date.now

/** The same for time that never goes back: milliseconds since the process began. */
export const machineUptime: () => number = performance.now.bind(performance)
