/** The names that may stand in a message: identifiers of a bearable length. An export's name can be any text. */
export function plainNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => /^[\p{ID_Start}$_][\p{ID_Continue}$]{0,99}$/u.test(name))
}
