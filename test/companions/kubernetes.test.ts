import { expect, test } from "vitest";
import { looksLikeKubernetes, readKubernetes, servicesOf } from "../../src/companions/index.ts";
import { brief, expectExactSites, expectLine } from "./sites.ts";

const MANIFEST = `# shop
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata:
      labels: {app: web, tier: front}
    spec:
      securityContext:
        fsGroup: 2000
      initContainers:
        - name: init
          image: busybox
      containers:
        - name: web
          image: "shop/web:1"
          ports:
            - containerPort: 80
              name: http
            - {containerPort: 53, protocol: UDP}
          env:
            - name: PORT
              value: "80"
          securityContext:
            runAsUser: 0
            privileged: true
            capabilities: {add: [NET_ADMIN]}
          livenessProbe:
            httpGet: {path: /, port: 80}
          readinessProbe:
            tcpSocket:
              port: http
          startupProbe:
            exec:
              command: ["curl", "http://localhost:80/"]
          volumeMounts:
            - name: data
              mountPath: /data
            - name: cfg
              mountPath: /etc/x
              readOnly: true
      volumes:
        - name: data
          emptyDir: {}
        - name: cfg
          configMap: {name: x}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
    - port: 80
      targetPort: 80
    - port: 81
      targetPort: http
    - port: 443
---
apiVersion: batch/v1
kind: CronJob
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: b}]}}}}}
`;

test("workloads and services", () => {
  const file = readKubernetes("k8s.yaml", MANIFEST);
  expect(looksLikeKubernetes(MANIFEST)).toBe(true);
  const [web, cron] = file.workloads;
  const [init, main] = web!.containers;
  expect(web).toMatchObject({ kind: "Deployment", name: "web", securityContext: { fsGroup: 2000 } });
  expect(cron).toMatchObject({ kind: "CronJob", containers: [{ image: "b" }], securityContext: null });
  expect(init).toMatchObject({ init: true, image: "busybox", securityContext: null });
  expect(main).toMatchObject({
    init: false,
    image: "shop/web:1",
    securityContext: { runAsUser: 0, runAsNonRoot: null, privileged: true, capabilitiesAdd: ["NET_ADMIN"] },
    mounts: [
      { path: "/data", readOnly: false, volume: "emptyDir" },
      { path: "/etc/x", readOnly: true, volume: "configMap" },
    ],
    environment: [{ name: "PORT", value: "80" }],
  });
  expect(brief(main!.ports)).toEqual(["listen 80", "listen udp 53", "reach 80", "reach localhost:80"]);
  expect(main!.portNames).toEqual(new Map([["http", 80]]));
  expectExactSites(MANIFEST, main!.ports);
  expectLine(MANIFEST, main!);
  expectLine(MANIFEST, main!.securityContext!);

  const [service] = servicesOf(file, web!);
  expect(brief(service!.targets)).toEqual(["reach 80", "reach (443)"]);
  expect(service!.targetNames).toEqual(["http"]);
  expectExactSites(MANIFEST, service!.targets);
  const { start, implied } = service!.targets[1]!;
  expect(MANIFEST.slice(0, start) + implied!.before + "8443" + MANIFEST.slice(start)).toContain(
    "    - port: 443\n      targetPort: 8443\n---",
  );
});
