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
  /** Schemas that ajv knows by name. */
  readonly #known = new Set<string>();
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
    // Each schema is a function of its own: built once, however many answers it is in.
    this.#ajv = new Ajv({ strict: false, validateSchema: false, logger: false, inlineRefs: false });
    formats.default(this.#ajv);
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
      validate = this.#ajv.compile(this.#jsonSchema(schema) as object);
      this.#validators.set(name, validate);
    }
    if (validate === null || validate(value)) return null;
    const [error] = validate.errors!;
    return `${name}: ${error!.instancePath || "the body"} ${error!.message} ${JSON.stringify(error!.params)}`;
  }

  /** OpenAPI 3.0 says `nullable` where JSON Schema has a type. What is referred to is made known to ajv on the way. */
  #jsonSchema(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((each) => this.#jsonSchema(each));
    if (typeof schema !== "object" || schema === null) return schema;
    const result: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(schema)) {
      // Keywords for readers; a property of such a name has an object.
      const forReaders = ["description", "nullable"].includes(key) && typeof value !== "object";
      if (forReaders || key === "example" || key === "examples" || key.startsWith("x-")) continue;
      result[key] =
        key === "$ref" && typeof value === "string" ? this.#reference(value) : this.#jsonSchema(value);
    }
    const nullable = (schema as { nullable?: unknown }).nullable === true;
    return nullable ? { anyOf: [{ type: "null" }, result] } : result;
  }

  #reference(pointer: string): string {
    const name = pointer.split("/").at(-1)!;
    if (!this.#known.has(name)) {
      this.#known.add(name);
      const schema = this.#jsonSchema(this.#document.components["schemas"]![name]);
      this.#ajv.addSchema(schema as object, `github:${name}`);
    }
    return `github:${name}`;
  }
}
