/** What names an input, first choice first; the last resort is a number. */
export interface Naming {
  /** `steps` */
  readonly base: string;
  /** Texts that may tell it from others of its kind: titles and ids of nodes, names of inputs. */
  readonly hints: readonly string[];
}

/**
 * A name for each, in this order and all different: the first of a kind is called after the kind, the
 * next `refiner_steps` where a hint says so, or `steps_2`.
 */
export function nameInputs(namings: readonly Naming[]): readonly string[] {
  const taken = new Set<string>();
  return namings.map(({ base, hints }) => {
    const wordings = hints.flatMap((hint) => {
      const words = tellingWords(hint, base);
      return words === '' ? [] : [`${words}_${base}`];
    });
    const name =
      [base, ...wordings].find((wording) => !taken.has(wording)) ?? numbered(base, taken);
    taken.add(name);
    return name;
  });
}

/** `Sample (refiner pass)` → `refiner_pass`; '' where only usual words are left, or too many. */
export function tellingWords(hint: string, base: string): string {
  const usual = new Set([...USUAL_WORDS, ...base.split('_'), '']);
  const words = snakeCase(hint)
    .split('_')
    .filter((word) => word.length > 1 && !usual.has(word.replace(/\d+$/, '')));
  return words.length > 3 || words.join('').length > 24 ? '' : words.join('_');
}

/** Lower case letters, digits and `_`, a letter first; '' where nothing is left. */
export function snakeCase(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z\d]+/g, '_')
    .replace(/^[\d_]+|_+$/g, '');
}

const USUAL_WORDS = (
  'a an and the of for to in with ksampler sampler sample sampling advanced custom load loader ' +
  'checkpoint simple text encode clip prompt positive negative empty latent image picture video ' +
  'model node input save scheduler basic random noise select name size'
).split(' ');

function numbered(base: string, taken: ReadonlySet<string>): string {
  let number = 2;
  while (taken.has(`${base}_${number}`)) number += 1;
  return `${base}_${number}`;
}
