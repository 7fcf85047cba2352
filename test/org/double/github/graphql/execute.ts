/** GraphQL on GitHub's official schema, executed by graphql-js. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  buildSchema,
  defaultFieldResolver,
  execute,
  GraphQLError,
  Kind,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { costOf, type Cost } from "./cost.ts";
import type { Context } from "./context.ts";
import { mutations } from "./mutations.ts";
import { queries } from "./queries.ts";

let schema: GraphQLSchema | null = null;

function gitHubSchema(): GraphQLSchema {
  if (schema) return schema;
  const index = fileURLToPath(import.meta.resolve("@octokit/graphql-schema"));
  const text = readFileSync(index.replace(/[^/\\]+$/, "schema.graphql"), "utf8");
  schema = buildSchema(text, { assumeValid: true, noLocation: true });
  return schema;
}

export interface GraphQLRequest {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly write: boolean;
  /** `query repository organization`, the root fields without aliases, each once. */
  readonly route: string;
  readonly cost: Cost;
}

export interface GraphQLAnswer {
  readonly data?: unknown;
  readonly errors?: readonly Record<string, unknown>[];
}

/** Recently checked texts: tests send the same few again and again. */
const checked = new Map<string, DocumentNode>();
const MOST_CHECKED = 200;

/**
 * Reads and checks a request.
 * @param missing fields that an older server does not know: `Repository.object`, `Mutation.createCommitOnBranch`.
 * @returns what can be executed, or the errors.
 */
export function readRequest(body: unknown, missing: ReadonlySet<string>): GraphQLRequest | GraphQLAnswer {
  const given = (body ?? {}) as {
    query?: unknown;
    variables?: Record<string, unknown>;
    operationName?: string;
  };
  if (typeof given.query !== "string" || given.query === "")
    return { errors: [{ message: "A query attribute must be specified and must be a string." }] };
  let document = checked.get(given.query);
  if (!document) {
    try {
      document = parse(given.query);
    } catch (error) {
      return { errors: [shown(error as GraphQLError)] };
    }
    const errors = validate(gitHubSchema(), document);
    if (errors.length > 0) return { errors: errors.map(shown) };
    if (checked.size >= MOST_CHECKED) checked.delete(checked.keys().next().value!);
    checked.set(given.query, document);
  }
  const unknown = missing.size === 0 ? [] : unknownFields(document, missing);
  if (unknown.length > 0) return { errors: unknown };
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const operation = operations.find(({ name }) => name?.value === given.operationName) ?? operations[0]!;
  const fields = operation.selectionSet.selections.map((each) =>
    each.kind === Kind.FIELD ? each.name.value : "…",
  );
  const variables = given.variables ?? {};
  try {
    const cost = costOf(document, operation, gitHubSchema(), variables);
    const write = operation.operation === "mutation";
    const route = `${operation.operation} ${[...new Set(fields)].join(" ")}`;
    return { document, operation, variables, write, route, cost };
  } catch (error) {
    return { errors: [shown(error as GraphQLError)] };
  }
}

/** Answers of the resolvers are objects of values and functions; a field that none of them has is not there yet. */
const resolver: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
  if (typeof source === "object" && source !== null && !(info.fieldName in source))
    throw new GraphQLError(`The double has no ${info.parentType.name}.${info.fieldName}`);
  return defaultFieldResolver(source, args, context, info);
};

export async function run(request: GraphQLRequest, context: Context): Promise<GraphQLAnswer> {
  const result: ExecutionResult = await execute({
    schema: gitHubSchema(),
    document: request.document,
    rootValue: request.write ? mutations : queries,
    contextValue: context,
    variableValues: request.variables,
    operationName: request.operation.name?.value ?? null,
    fieldResolver: resolver,
  });
  if (!result.errors) return { data: result.data };
  return { ...(result.data === undefined ? {} : { data: result.data }), errors: result.errors.map(shown) };
}

/** As GitHub writes errors: `type` beside `message`. */
function shown({ message, path, locations, extensions, nodes }: GraphQLError): Record<string, unknown> {
  const { type, ...rest } = extensions;
  return {
    ...(type === undefined ? {} : { type }),
    ...(path ? { path } : {}),
    ...(Object.keys(rest).length > 0 ? { extensions: rest } : {}),
    ...(locations && nodes ? { locations } : {}),
    message,
  };
}

function unknownFields(document: DocumentNode, missing: ReadonlySet<string>): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const types = new TypeInfo(gitHubSchema());
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(field) {
        const type = types.getParentType()?.name ?? "";
        const name = field.name.value;
        if (!missing.has(`${type}.${name}`)) return;
        found.push({
          path: ["query", name],
          extensions: { code: "undefinedField", typeName: type, fieldName: name },
          message: `Field '${name}' doesn't exist on type '${type}'`,
        });
      },
    }),
  );
  return found;
}
