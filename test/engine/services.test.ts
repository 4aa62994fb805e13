import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const services = { b: [{ name: "web", port: 80 }], x: [{ name: "db", port: 5432 }] };
const unwatched = { servers: "abc", clients: "x", services };
const sketch = { ...unwatched, registrator: "x" };

describe.skipIf(without !== "")(`services and registrators${without}`, () => {
    let formed: EngineStack;
    let made: readonly string[] = [];

    beforeAll(async () => {
        formed = await EngineStack.create();
        made = await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    test("services are registered, and a registrator starts, once the cluster is ready", () => {
        for (const what of ["b-services", "x-services", "watch-container"]) {
            expect(made).toContain(`create ${what}`);
            expect(made.indexOf(`create ${what}`)).toBeGreaterThan(
                made.indexOf("create cluster-ready"),
            );
        }
    });

    test("changed services are one update, and nothing else is touched", async () => {
        const stack = await formed.fork();
        const changed = { ...services, b: [{ name: "web", port: 81 }] };
        expect(await stack.up(cluster({ ...sketch, services: changed }))).toEqual([
            "update b-services",
        ]);
        expect(await stack.up(cluster({ ...sketch, services: changed }))).toEqual([]);
    });

    test("services that are no longer declared are deregistered, and nothing else is touched", async () => {
        const stack = await formed.fork();
        const fewer = { x: services.x };
        expect(await stack.up(cluster({ ...sketch, services: fewer }))).toEqual([
            "delete b-services",
        ]);
    });

    test("services of a role come and go on each of its nodes, and nothing else is touched", async () => {
        const stack = await formed.fork();
        const serverServices = [{ name: "metrics", port: 9100 }];
        const ofRole = { ...sketch, serverServices };
        expect((await stack.up(cluster(ofRole))).sort()).toEqual([
            "create a-services",
            "create c-services",
            "update b-services",
        ]);
        expect(await stack.up(cluster(ofRole))).toEqual([]);
        expect((await stack.up(cluster(sketch))).sort()).toEqual([
            "delete a-services",
            "delete c-services",
            "update b-services",
        ]);
    });

    test("a definition of Consul's own, and every other field, are an update too", async () => {
        const stack = await formed.fork();
        const definition = { name: "web", check: { http: "http://$(address)/", interval: "5s" } };
        for (const b of [
            [{ definition }],
            [{ name: "web", port: 80, weights: { passing: 2 }, enableTagOverride: true }],
        ]) {
            const changed = cluster({ ...sketch, services: { ...services, b } });
            expect(await stack.up(changed)).toEqual(["update b-services"]);
            expect(await stack.up(changed)).toEqual([]);
        }
    });

    test("an agent in a new container is asked whether it still knows its services", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ ...sketch, image: "2" }));
        for (const name of ["b", "x"]) {
            expect(lines.filter((line) => line.endsWith(` ${name}-services`))).toEqual([
                `update ${name}-services`,
            ]);
            expect(lines.indexOf(`update ${name}-services`)).toBeGreaterThan(
                lines.indexOf(`create ${name}-ready`),
            );
        }
        expect(lines.filter((line) => line.includes("watch"))).toEqual([]);
    });

    test("on a new machine both are recreated, after the agent", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ ...sketch, users: { x: "me" } }));
        for (const what of ["create x-services", "create watch-container"]) {
            expect(lines).toContain(what);
            expect(lines.indexOf(what)).toBeGreaterThan(lines.indexOf("create x-ready"));
        }
        expect(lines.filter((line) => / [abc]-(agent|services|machine)/.test(line))).toEqual([]);
    });

    test("a registrator is removed first, then what it registered", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster(unwatched));
        expect(lines.filter((line) => line.includes("watch-container"))).toHaveLength(1);
        expect(lines.indexOf("delete watch-forgotten")).toBeGreaterThan(
            lines.indexOf("delete watch-container"),
        );
        expect(lines.filter((line) => !line.includes("watch"))).toEqual([]);
    });

    test("what is removed with its machine is not deregistered by itself", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ ...unwatched, clients: "" }));
        expect(lines.filter((line) => / (x-services|watch)/.test(line))).toEqual([]);
        expect(lines).toContain("delete x-machine");
    });
});
