/** What a query may return and what it costs, from its text alone, by GitHub's published rules. */
import {
  getNamedType,
  GraphQLError,
  isObjectType,
  isInterfaceType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

export interface Cost {
  readonly nodes: number;
  readonly points: number;
}

const MOST_NODES = 500_000;

type Variables = Readonly<Record<string, unknown>>;

/** Throws a GraphQLError for a connection without `first` or `last`, or with more than 100, or 500,000 nodes in all. */
export function costOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  variables: Variables,
): Cost {
  const connections = connectionFields(document, schema);
  const fragments = new Map(
    document.definitions
      .filter((each): each is FragmentDefinitionNode => each.kind === "FragmentDefinition")
      .map((each) => [each.name.value, each]),
  );
  let nodes = 0;
  let requests = 0;
  const count = (selections: SelectionSetNode | undefined, times: number): void => {
    for (const each of selections?.selections ?? []) {
      if (each.kind === "InlineFragment") count(each.selectionSet, times);
      else if (each.kind === "FragmentSpread") count(fragments.get(each.name.value)?.selectionSet, times);
      else if (connections.has(each)) {
        const size = pageSize(each, variables);
        requests += times;
        nodes += times * size;
        count(each.selectionSet, times * size);
      } else count(each.selectionSet, times);
    }
  };
  count(operation.selectionSet, 1);
  if (nodes > MOST_NODES)
    throw new GraphQLError(
      `This query requests up to ${nodes.toLocaleString("en")} possible nodes which exceeds the maximum limit of 500,000.`,
      { extensions: { type: "MAX_NODE_LIMIT_EXCEEDED" } },
    );
  return { nodes, points: Math.max(Math.round(requests / 100), 1) };
}

function connectionFields(document: DocumentNode, schema: GraphQLSchema): Set<FieldNode> {
  const found = new Set<FieldNode>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(field) {
        const type = getNamedType(types.getType());
        const paged = types.getFieldDef()?.args.some(({ name }) => name === "first");
        if (
          paged &&
          type &&
          (isObjectType(type) || isInterfaceType(type)) &&
          type.name.endsWith("Connection")
        )
          found.add(field);
      },
    }),
  );
  return found;
}

function pageSize(field: FieldNode, variables: Variables): number {
  const name = field.name.value;
  for (const argument of field.arguments ?? []) {
    const key = argument.name.value;
    if (key !== "first" && key !== "last") continue;
    const given =
      argument.value.kind === "Variable"
        ? variables[argument.value.name.value]
        : argument.value.kind === "IntValue"
          ? Number(argument.value.value)
          : null;
    if (typeof given !== "number") continue;
    if (given > 100)
      throw new GraphQLError(
        `Requesting ${given} records on the \`${name}\` connection exceeds the \`${key}\` limit of 100 records.`,
        { extensions: { type: "EXCESSIVE_PAGINATION" } },
      );
    return given;
  }
  throw new GraphQLError(
    `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
    { extensions: { type: "MISSING_PAGINATION_BOUNDARIES" } },
  );
}
