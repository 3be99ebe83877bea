import { declaredInputs, type DeclaredInput } from './declared-input';
import { validateInput } from './input.validator';
import { isJsonObject, type JsonObject, type JsonValue } from './json';
import type { KnownNode, KnownNodes } from './known-nodes';
import type { NodeInputError } from './prompt-errors';
import type { NodeId } from './prompt-graph';
import { pythonTypeName, raised, type PythonException, type PythonResult } from './python-values';
import type { ValidationRules } from './validation-rules';
import { cycleError, exceptionError, type FollowedLink } from './walk-errors';

/** A node's own errors; a node below a bad one is invalid without any. */
export interface NodeVerdict {
  readonly valid: boolean;
  readonly errors: readonly NodeInputError[];
}

/**
 * Validates output nodes and all that they are linked to, each node once.
 *
 * ComfyUI recurses; this keeps its own stack, so a chain of 10,000 nodes is merely long.
 */
export class NodeWalk {
  /** Nodes with errors of their own, in the order in which they were found. */
  readonly failed: NodeId[] = [];
  /** Literals that ComfyUI writes back differently, by node and input. */
  readonly conversions = new Map<NodeId, Map<string, JsonValue>>();
  private readonly verdicts = new Map<NodeId, NodeVerdict>();
  private readonly declaredByClass = new Map<string, readonly DeclaredInput[]>();
  private readonly cycleErrors = new Map<NodeId, NodeInputError>();
  /** From an output to the node that is being validated. */
  private readonly path: Visit[] = [];
  /** The nodes of the path. */
  private readonly open = new Set<NodeId>();

  constructor(
    private readonly nodes: KnownNodes,
    private readonly rules: ValidationRules,
  ) {}

  validate(output: NodeId): NodeVerdict {
    if (!this.verdicts.has(output)) this.visit(output);
    return this.verdictOf(output);
  }

  /** Of a node that the walk has been through. */
  verdictOf(id: NodeId): NodeVerdict {
    return this.verdicts.get(id) ?? { valid: false, errors: [] };
  }

  private visit(output: NodeId): void {
    this.enter(output);
    for (let visit; (visit = this.path.at(-1)) !== undefined;) {
      const step = this.advance(visit);
      if (step.next === 'source') this.enter(step.source);
      else this.leave(visit, step);
    }
  }

  private enter(id: NodeId): void {
    const known = this.nodes.get(id);
    if (known === undefined) return;
    const declared = this.inputsOf(known);
    this.path.push({ id, known, declared, position: 0, valid: true, errors: [] });
    this.open.add(id);
  }

  /** Goes through a node's inputs up to a link whose source is yet to be validated. */
  private advance(visit: Visit): Step {
    const inputs = readInputs(visit);
    if (inputs.outcome === 'raised') return { next: 'raised', exception: inputs.exception };
    for (let input; (input = visit.declared[visit.position]) !== undefined;) {
      visit.position += 1;
      const received = ownValue(inputs.value, input.name);
      const { classType } = visit.known;
      const verdict = validateInput(input, received, classType, this.nodes, this.rules);
      switch (verdict.verdict) {
        case 'raised':
          return { next: 'raised', exception: verdict.exception };
        case 'linked':
          if (this.mustVisit(verdict.source, visit)) {
            visit.link = { input, value: received ?? null };
            return { next: 'source', source: verdict.source };
          }
          break;
        case 'refused':
          visit.errors.push(verdict.error);
          this.writeBack(visit.id, input.name, received, verdict.value);
          break;
        case 'accepted':
          this.writeBack(visit.id, input.name, received, verdict.value);
          break;
        case 'absent':
          break;
      }
    }
    return { next: 'done' };
  }

  private mustVisit(source: NodeId, visit: Visit): boolean {
    if (this.open.has(source)) {
      // At HEAD Python's recursion limit ends this, and the error is lost on the way out.
      visit.valid = false;
      if (this.rules.reportsCycles === true) this.reportCycle(source);
      return false;
    }
    const verdict = this.verdicts.get(source);
    if (verdict?.valid === false) visit.valid = false;
    return verdict === undefined;
  }

  private leave(visit: Visit, step: Conclusion): void {
    this.path.pop();
    this.open.delete(visit.id);
    const consumer = this.path.at(-1);
    const verdict =
      step.next === 'raised'
        ? { valid: false, errors: [exceptionError(step.exception, consumer?.link)] }
        : this.judge(visit);
    this.verdicts.set(visit.id, verdict);
    if (verdict.errors.length > 0) this.failed.push(visit.id);
    if (consumer !== undefined && !verdict.valid) consumer.valid = false;
  }

  private judge({ id, valid, errors }: Visit): NodeVerdict {
    const cycle = this.cycleErrors.get(id);
    const all = cycle === undefined ? errors : [cycle, ...errors];
    return { valid: valid && all.length === 0, errors: all };
  }

  private reportCycle(start: NodeId): void {
    if (this.cycleErrors.has(start)) return;
    const path = this.path.map(({ id }) => id);
    const members = path.slice(path.indexOf(start));
    const details = [...members, start]
      .map((id) => `${id} (${this.nodes.get(id)?.classType ?? ''})`)
      .join(' -> ');
    for (const id of members) {
      if (this.cycleErrors.has(id)) continue;
      this.cycleErrors.set(id, cycleError(id, members, details));
    }
  }

  private writeBack(
    id: NodeId,
    input: string,
    received: JsonValue | undefined,
    value: JsonValue | undefined,
  ): void {
    if (value === undefined || Object.is(value, received)) return;
    const ofNode = this.conversions.get(id) ?? new Map<string, JsonValue>();
    this.conversions.set(id, ofNode.set(input, value));
  }

  private inputsOf({ classType, info }: KnownNode): readonly DeclaredInput[] {
    const known = this.declaredByClass.get(classType);
    if (known !== undefined) return known;
    const declared = declaredInputs(info);
    this.declaredByClass.set(classType, declared);
    return declared;
  }
}

interface Visit {
  readonly id: NodeId;
  readonly known: KnownNode;
  readonly declared: readonly DeclaredInput[];
  /** Of the next input to look at. */
  position: number;
  valid: boolean;
  readonly errors: NodeInputError[];
  /** The link that is being followed. */
  link?: FollowedLink;
}

type Conclusion =
  { readonly next: 'done' } | { readonly next: 'raised'; readonly exception: PythonException };

type Step = Conclusion | { readonly next: 'source'; readonly source: NodeId };

function readInputs({ known, declared }: Visit): PythonResult<JsonObject> {
  const inputs = ownValue(known.node, 'inputs');
  if (inputs === undefined) return raised('KeyError', "'inputs'");
  if (isJsonObject(inputs)) return { outcome: 'value', value: inputs };
  const holdsNothing = declared.length === 0 || typeof inputs === 'string' || Array.isArray(inputs);
  if (holdsNothing) return { outcome: 'value', value: {} };
  return raised('TypeError', `argument of type '${pythonTypeName(inputs)}' is not iterable`);
}

/** Names come from clients: `constructor` and `__proto__` are names like any other. */
function ownValue(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
