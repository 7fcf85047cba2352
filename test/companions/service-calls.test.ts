import { describe, expect, test } from "vitest";
import { composeServices } from "../../src/companions/compose-index.ts";
import { infrastructure } from "../../src/companions/infrastructure.ts";
import { serviceCalls } from "../../src/companions/service-calls.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";

const COMPOSE = 'services:\n  web:\n    build: web\n    ports: ["8000:80"]\n  db:\n    image: postgres\n';

/** `LINE PORT` of each place that calls `web`. */
async function calls(file: string, text: string): Promise<string[]> {
  const tree = memoryTree({ "compose.yaml": COMPOSE, "web/Dockerfile": "FROM nginx\n", [file]: text });
  const services = (await composeServices(tree)).filter(({ name }) => name === "web");
  const places = await serviceCalls(tree, services);
  expect(places.every(({ path }) => path === file)).toBe(true);
  return places.map(({ line, port }) => `${line} ${port}`);
}

describe("calls of a compose service by its name", () => {
  test.each<[language: string, file: string, text: string, expected: string[]]>([
    [
      "JavaScript",
      "app/a.js",
      "// http://web/no\nfetch(`http://web/${id}`);\nnet.connect(80, 'web');\nhttp.get({ host: 'web', port: 81 });\nfetch(`http://web${suffix}`);\n",
      ["2 80", "3 80", "4 81"],
    ],
    [
      "TypeScript",
      "app/a.tsx",
      'const web = "db:80"; // web:80\nconst link = <a href="http://web/x">web:80</a>;\n',
      ["2 80"],
    ],
    [
      "Python",
      "app/a.py",
      '# http://web/\nrequests.get(f"http://web/{path}")\ns.connect(("web", 80))\nURLS = {"web": "http://db/"}\n',
      ["2 80", "3 80"],
    ],
    [
      "PHP",
      "app/a.php",
      "<?php // http://web/\nfsockopen('web', 80);\nget(\"https://web/$path\");\n",
      ["2 80", "3 443"],
    ],
    [
      "Ruby",
      "app/a.rb",
      '# http://web/\nURI("http://web/#{path}")\nTCPSocket.new("web", 80)\n',
      ["2 80", "3 80"],
    ],
    [
      "Go",
      "app/a.go",
      'package a\n\n// http://web/\nfunc f() {\n\tnet.Dial("tcp", "web:80")\n\thttp.Get(`http://web/`)\n}\n',
      ["5 80", "6 80"],
    ],
    ["Java", "app/A.java", 'class A { // http://web/\n  Socket s = new Socket("web", 80);\n}\n', ["2 80"]],
    ["Kotlin", "app/a.kt", '// http://web/\nval s = get("http://web/$path")\n', ["2 80"]],
    ["C#", "app/A.cs", '// http://web/\nclass A { string a = $"http://web/{b}"; }\n', ["2 80"]],
    ["Rust", "app/a.rs", '// http://web/\nfn f() { get("http://user:pw@web/"); }\n', ["2 80"]],
    [
      "a shell script",
      "ci/a.sh",
      '#!/bin/sh\n# curl http://web/\nURL=http://web/ curl "$URL"\nnc -z web 80\nexec 3<>/dev/tcp/web/80\nwait-for-it web:80 -- echo\ncat <<EOF\nhttp://web/x\nEOF\n',
      ["3 80", "4 80", "5 80", "6 80", "8 80"],
    ],
    [
      "YAML",
      "prometheus.yml",
      "# web:80\nscrape_configs:\n  - job_name: web\n    static_configs:\n      - targets: ['web:80', 'db:5432']\nimage: web:80\n",
      ["5 80"],
    ],
    [
      "an object of Kubernetes",
      "k8s/a.yaml",
      "apiVersion: v1\nkind: ConfigMap\ndata: { url: 'http://web/' }\n",
      [],
    ],
    ["JSON", "app/package.json", '{\n  "proxy": "http://web:80",\n  "//": "web"\n}\n', ["2 80"]],
    ["TOML", "app/a.toml", '# http://web/\n[upstream]\nurl = "http://web/"\n', ["3 80"]],
    ["properties", "app/a.properties", "# http://web/\napi.url=http://web/\n", ["2 80"]],
    ["variables", "app/.env.test", "# http://web/\nAPI=http://web/\n", ["2 80"]],
    [
      "another Dockerfile",
      "db/Dockerfile",
      "# http://web/\nFROM web:80\nENV API=http://web:80/ X=1\nRUN curl \\\n    http://web/\nCMD wait-for web:80\n",
      ["3 80", "5 80", "6 80"],
    ],
    ["prose", "README.md", "It calls http://web/ and web:80.\n", []],
    ["a workflow, which runs outside", ".github/workflows/a.yml", "run: curl http://web/\n", []],
  ])("%s", async (_, file, text, expected) => {
    expect(await calls(file, text)).toEqual(expected);
  });
});

describe("programs that set up the infrastructure of a project", () => {
  async function told(files: Record<string, string>): Promise<string[]> {
    const tree = memoryTree({ "app/Dockerfile": "FROM nginx\n", "cdk.json": "{}", ...files });
    return (await infrastructure(tree, "app/Dockerfile")).map(
      ({ path, line, says }) => `${path}:${line} ${says}`,
    );
  }

  test.each<[string, string, string, string[]]>([
    [
      "Terraform",
      "infra/main.tf",
      '# container_port = 80\nresource "aws_lb" "a" {\n  description = "container_port = 80"\n  load_balancer { container_port = 80 }\n  x = jsonencode([{\n    portMappings = [{ containerPort = 81 }]\n  }])\n}\n',
      ["infra/main.tf:4 container_port: 80", "infra/main.tf:6 containerPort: 81"],
    ],
    [
      "TypeScript",
      "lib/a.ts",
      "// containerPort: 80\nnew A({ containerPort: 80, note: 'containerPort: 80' });\nx.addTargetPort(81);\n",
      ["lib/a.ts:2 containerPort: 80", "lib/a.ts:3 addTargetPort: 81"],
    ],
    ["Python", "lib/a.py", "# container_port=80\nA(container_port=80)\n", ["lib/a.py:2 container_port: 80"]],
    [
      "Go",
      "lib/a.go",
      "package a\n\nvar x = A{ContainerPort: jsii.Number(80)}\nvar y = B{Ports: []C{{TargetPort: pulumi.Int(81)}}}\n",
      ["lib/a.go:3 ContainerPort: 80", "lib/a.go:4 TargetPort: 81"],
    ],
    [
      "C#",
      "lib/A.cs",
      "class A { object x = new P { ContainerPort = 80 }; }\n",
      ["lib/A.cs:1 ContainerPort: 80"],
    ],
    [
      "Java",
      "lib/A.java",
      "class A { P x = P.builder().containerPort(80).build(); }\n",
      ["lib/A.java:1 containerPort: 80"],
    ],
    ["Bicep", "infra/main.bicep", "  targetPort: 80\n", ["infra/main.bicep:1 targetPort: 80"]],
  ])("%s", async (_, file, text, expected) => {
    expect(await told({ [file]: text })).toEqual(expected);
  });
});
