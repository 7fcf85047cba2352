import { describe, expect, test } from "vitest";
import { imageNames, namesOfDockerfile } from "../../src/companions/image-names.ts";
import { memoryTree } from "../../src/file-tree/memory.ts";

/** `NAME DOCKERFILE LINE` of what these files say of the Dockerfiles beside them. */
async function names(files: Record<string, string>): Promise<string[]> {
  const tree = memoryTree({
    Dockerfile: "FROM a",
    "Dockerfile.tilt": "FROM a",
    "web/Dockerfile": "FROM a",
    "web/prod.df": "FROM a",
    ...files,
  });
  const { all } = await imageNames(tree);
  return all.map(({ image, dockerfile, line }) => `${image} ${dockerfile} ${line}`);
}

test("an image that jib builds too, in any profile, is nobody's for certain", async () => {
  const jib =
    "kind: Config\nprofiles:\n  - name: java\n    build:\n      artifacts:\n        - image: acme/web\n          jib: {}\n";
  const plain = "kind: Config\nbuild:\n  artifacts:\n    - image: acme/web\n      context: web\n";
  const tree = memoryTree({ "web/Dockerfile": "FROM a", "skaffold.yaml": plain });
  const both = memoryTree({ "web/Dockerfile": "FROM a", "skaffold.yaml": plain, "java/skaffold.yaml": jib });
  expect(namesOfDockerfile(await imageNames(tree), "web/Dockerfile")).toHaveLength(1);
  expect(namesOfDockerfile(await imageNames(both), "web/Dockerfile")).toEqual([]);
});

describe("what says which image is built from which Dockerfile", () => {
  test.each<[string, string, string, string[]]>([
    [
      "a script of package.json",
      "package.json",
      '{\n  "scripts": {\n    "image": "docker build -t acme/web:1 -f web/prod.df ."\n  }\n}\n',
      ["acme/web web/prod.df 3"],
    ],
    [
      "Tilt, but not from what is only for work beside it",
      "Tiltfile",
      "docker_build('acme/web', 'web')\ndocker_build('acme/root', '.', dockerfile='Dockerfile.tilt')\n",
      ["acme/web web/Dockerfile 1"],
    ],
    [
      "CircleCI, in a step",
      ".circleci/config.yml",
      "version: 2.1\njobs:\n  build:\n    docker: [{image: cimg/base}]\n    steps:\n      - checkout\n      - run:\n          name: build\n          command: |\n            cd web\n            docker build -t acme/web:$CIRCLE_SHA1 .\n",
      ["acme/web web/Dockerfile 11"],
    ],
    [
      "CircleCI's orb",
      ".circleci/config.yml",
      "jobs:\n  a:\n    steps:\n      - docker/build:\n          image: acme/web\n          path: web\nworkflows:\n  all:\n    jobs:\n      - docker/publish:\n          image: acme/root\n",
      ["acme/web web/Dockerfile 4", "acme/root Dockerfile 10"],
    ],
    [
      "Azure Pipelines",
      "azure-pipelines.yml",
      "variables:\n  image: acme/web\nstages:\n  - stage: a\n    jobs:\n      - job: b\n        steps:\n          - task: Docker@2\n            inputs:\n              command: buildAndPush\n              repository: $(image)\n              Dockerfile: $(Build.SourcesDirectory)/web/Dockerfile\n          - script: docker build -t acme/root:$(Build.BuildId) .\n",
      ["acme/web web/Dockerfile 8", "acme/root Dockerfile 13"],
    ],
    [
      "Cloud Build",
      "cloudbuild.yaml",
      "substitutions:\n  _NAME: shop\nsteps:\n  - name: gcr.io/cloud-builders/docker\n    args: [build, -t, 'gcr.io/acme/${_NAME}:$SHORT_SHA', -f, prod.df, .]\n    dir: web\n  - name: gcr.io/kaniko-project/executor:latest\n    args: ['--destination=gcr.io/acme/root', '--context=dir://.']\n",
      ["gcr.io/acme/shop web/prod.df 4", "gcr.io/acme/root Dockerfile 7"],
    ],
    [
      "bake",
      "docker-bake.json",
      '{"target": {"web": {"context": "web", "dockerfile": "prod.df", "tags": ["docker.io/acme/web:1"]}, "test": {"target": "test", "tags": ["acme/test"]}}}',
      ["acme/web web/prod.df 1"],
    ],
    [
      "bake in HCL, with variables and inheritance",
      "docker-bake.hcl",
      'variable "REGISTRY" { default = "ghcr.io/acme" }\nvariable "TAG" {}\ngroup "default" { targets = ["web", "test"] }\ntarget "base" {\n  context = "web"\n}\ntarget "web" {\n  inherits   = ["base"]\n  dockerfile = "prod.df" # the small one\n  tags       = ["${REGISTRY}/web:${TAG}", "docker.io/acme/web"]\n}\ntarget "test" {\n  inherits = ["base"]\n  target   = "test"\n  tags     = ["acme/test"]\n}\ntarget "root" {\n  tags = ["acme/root"]\n}\ntarget "each" {\n  name       = "each-${one}"\n  matrix     = { one = ["a", "b"] }\n  dockerfile = "${one}/Dockerfile"\n  tags       = ["acme/${one}"]\n}\n',
      ["ghcr.io/acme/web web/prod.df 7", "acme/web web/prod.df 7", "acme/root Dockerfile 17"],
    ],
    [
      "bake in a folder, run at the root",
      "ci/images.hcl",
      'target "web" {\n  context = "web"\n  tags = ["acme/web"]\n}\n',
      ["acme/web web/Dockerfile 1"],
    ],
    ["no bake file", "terragrunt.hcl", 'target = "web"\ninputs = { tags = ["acme/web"] }\n', []],
    [
      "GitHub Actions, by variables",
      ".github/workflows/ci.yml",
      "env:\n  REGISTRY: ghcr.io\n  NAME: ${{ env.REGISTRY }}/acme/web\njobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: web\n          tags: ${{ env.NAME }}:${{ github.sha }}\n",
      ["ghcr.io/acme/web web/Dockerfile 7"],
    ],
    [
      "GitHub Actions, by metadata",
      ".github/workflows/ci.yml",
      "jobs:\n  a:\n    steps:\n      - id: meta\n        uses: docker/metadata-action@v5\n        with:\n          images: |\n            acme/web\n            ghcr.io/acme/web\n      - uses: docker/build-push-action@v6\n        with:\n          file: ./web/prod.df\n          tags: ${{ steps.meta.outputs.tags }}\n",
      ["acme/web web/prod.df 10", "ghcr.io/acme/web web/prod.df 10"],
    ],
    [
      "GitHub Actions, by matrix",
      ".github/workflows/ci.yml",
      "jobs:\n  a:\n    strategy:\n      matrix:\n        include:\n          - { name: acme/web, file: web/Dockerfile }\n          - { name: acme/root, file: Dockerfile }\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          file: ${{ matrix.file }}\n          tags: ${{ matrix.name }}:latest\n",
      ["acme/web web/Dockerfile 9", "acme/root Dockerfile 9"],
    ],
    [
      "GitLab with kaniko",
      ".gitlab-ci.yml",
      "build:\n  script:\n    - /kaniko/executor --context $CI_PROJECT_DIR/web --dockerfile $CI_PROJECT_DIR/web/prod.df --destination registry.example/acme/web:1\n",
      ["registry.example/acme/web web/prod.df 3"],
    ],
    [
      "Bitbucket",
      "bitbucket-pipelines.yml",
      "pipelines:\n  branches:\n    main:\n      - parallel:\n          - step:\n              script:\n                - docker build -t acme/web web\n",
      ["acme/web web/Dockerfile 7"],
    ],
    [
      "a Makefile",
      "Makefile",
      "IMAGE = acme/web\nbuild:\n\tdocker build -t $(IMAGE):1 web\n",
      ["acme/web web/Dockerfile 3"],
    ],
    [
      "a target of its own is another image",
      ".github/workflows/ci.yml",
      "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { tags: acme/web, target: test }\n",
      [],
    ],
    [
      "a name that nobody knows",
      ".github/workflows/ci.yml",
      "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { tags: '${{ secrets.NAME }}' }\n",
      [],
    ],
  ])("%s", async (_, path, text, expected) => {
    expect(await names({ [path]: text })).toEqual(expected);
  });
});
