/** GitHub's official description of its REST API: every request body and every answer of the double is held against it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";

interface Operation {
  readonly requestBody?: { content?: Record<string, { schema?: unknown }> };
  readonly responses: Record<string, { $ref?: string; content?: Record<string, { schema?: unknown }> }>;
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, { content?: Record<string, { schema?: unknown }> }>>;
}

/** `api.github.com`, `ghes-3.19` … */
export type Description = string;

export class OpenApi {
  static readonly #loaded = new Map<Description, OpenApi>();
  readonly #document: Document;
  readonly #ajv: Ajv;
  readonly #validators = new Map<string, ValidateFunction | null>();

  /** Read once per process: it is 13 MB. */
  static load(description: Description): OpenApi {
    let known = OpenApi.#loaded.get(description);
    if (!known) {
      known = new OpenApi(description);
      OpenApi.#loaded.set(description, known);
    }
    return known;
  }

  private constructor(description: Description) {
    const index = fileURLToPath(import.meta.resolve("@octokit/openapi"));
    const file = index.replace(/[^/\\]+$/, `generated/${description}.json`);
    this.#document = JSON.parse(readFileSync(file, "utf8")) as Document;
    this.#ajv = new Ajv({ strict: false, validateSchema: false, logger: false, allErrors: false });
    formats.default(this.#ajv);
    const { schemas } = this.#document.components;
    this.#ajv.addSchema({ $id: "github", components: { schemas: jsonSchema(schemas) } });
  }

  /** Whether GitHub has such a route at all. */
  has(route: string): boolean {
    return this.#operation(route) !== undefined;
  }

  /** Null when the body is as described. */
  checkRequest(route: string, body: unknown): string | null {
    const schema = this.#operation(route)?.requestBody?.content?.["application/json"]?.schema;
    return schema === undefined ? null : this.#check(`${route} request`, schema, body ?? {});
  }

  checkAnswer(route: string, status: number, body: unknown): string | null {
    const operation = this.#operation(route);
    if (!operation) return `${route} is not in the description`;
    const answer = operation.responses[status];
    if (!answer) return `${route} never answers ${status}`;
    const found = answer.$ref
      ? this.#document.components["responses"]![answer.$ref.split("/").at(-1)!]!
      : answer;
    const content = found.content?.["application/json"] ?? found.content?.["application/scim+json"];
    if (content?.schema === undefined) return null;
    return this.#check(`${route} ${status}`, content.schema, body);
  }

  #operation(route: string): Operation | undefined {
    const [method, path] = route.split(" ") as [string, string];
    return this.#document.paths[path]?.[method.toLowerCase()];
  }

  #check(name: string, schema: unknown, value: unknown): string | null {
    let validate = this.#validators.get(name);
    if (validate === undefined) {
      validate = this.#ajv.compile(jsonSchema(schema) as object);
      this.#validators.set(name, validate);
    }
    if (validate === null || validate(value)) return null;
    const [error] = validate.errors!;
    return `${name}: ${error!.instancePath || "the body"} ${error!.message} ${JSON.stringify(error!.params)}`;
  }
}

/** OpenAPI 3.0 says `nullable` where JSON Schema has a type; references are made absolute. */
function jsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(jsonSchema);
  if (typeof schema !== "object" || schema === null) return schema;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (
      key === "example" ||
      key === "examples" ||
      key === "description" ||
      key === "nullable" ||
      key.startsWith("x-")
    )
      // As a keyword; a property may have that name.
      if (typeof value !== "object" || key.startsWith("example")) continue;
    if (key === "$ref" && typeof value === "string") result[key] = value.replace(/^#/, "github#");
    else result[key] = jsonSchema(value);
  }
  if ((schema as { nullable?: unknown }).nullable !== true) return result;
  return { anyOf: [{ type: "null" }, result] };
}
