import { expect, it } from "vitest";
import { failureLines } from "../../src/verify/build.ts";

it("tells of the step that failed, and not of those before", () => {
  const output = `#0 building with "default" instance using docker driver

#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 79B done
#1 DONE 0.0s

#5 [1/2] FROM docker.io/library/alpine:3.19
#5 CACHED

#6 [2/2] RUN make
#6 0.212 /bin/sh: make: not found
#6 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 127
------
 > [2/2] RUN make:
0.212 /bin/sh: make: not found
------
Dockerfile:2
--------------------
   1 |     FROM alpine:3.19
   2 | >>> RUN make
--------------------
ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 127
`;
  expect(failureLines(output)).toEqual([
    " > [2/2] RUN make:",
    "0.212 /bin/sh: make: not found",
    "Dockerfile:2",
    "   1 |     FROM alpine:3.19",
    "   2 | >>> RUN make",
    'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 127',
  ]);
});

it("tells the end where no step is repeated", () => {
  const output = `STEP 1/2: FROM alpine\nSTEP 2/2: RUN make\n/bin/sh: make: not found\nError: building at STEP "RUN make": exit status 127\n`;
  expect(failureLines(output).at(-1)).toContain("exit status 127");
});
