// What a job came to, as a few facts: single values as they are, and of lists how long they are.
export interface Fact {
  name: string;
  value: string;
  /** Of a list. */
  count?: number;
}

const factOf = (name: string, value: unknown): Fact[] => {
  if (value === null || value === undefined || value === "") return [];
  if (Array.isArray(value)) return [{ name, value: "", count: value.length }];
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([part, inner]) => factOf(`${name}.${part}`, inner));
  }
  return [{ name, value: String(value) }];
};

export const factsOf = (result: object): Fact[] =>
  Object.entries(result).flatMap(([name, value]) => factOf(name, value));
