/** The elements that are wanted. An array's own `filter` may have been replaced by the time it is needed. */
export function filter<Element>(list: readonly Element[], wanted: (element: Element) => boolean): Element[] {
  const result: Element[] = []
  for (let index = 0; index < list.length; index++) {
    const element = list[index] as Element
    if (wanted(element)) result[result.length] = element
  }
  return result
}
