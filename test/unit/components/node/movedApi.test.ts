import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { clearedWhereItWas } from "../../../../components/node/movedApi.ts";
import { runScript } from "../../../../components/pulumi/runScript.ts";

vi.mock(import("../../../../components/pulumi/runScript.ts"), () => ({
    runScript: vi.fn(() => Promise.resolve("clear")),
}));

beforeAll(async () => {
    await pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) });
    // The mock engine knows no hooks.
    const note = (_: unknown, answer: (error: null, response: object) => void) => {
        answer(null, {});
    };
    Object.assign(pulumi.runtime.getMonitor() ?? {}, { registerResourceHook: note });
});

beforeEach(() => {
    vi.mocked(runScript).mockClear();
});

const request = { nodeName: "a", httpAddress: "http://10.0.0.1:8500", container: "before" };

/** Runs the hook as the engine does before an update. */
async function update(before: object | undefined, now: object): Promise<void> {
    const [hook] = clearedWhereItWas(`clearance-${crypto.randomUUID()}`).beforeUpdate ?? [];
    if (hook === undefined || typeof hook === "function") {
        throw new Error("there is no hook");
    }
    const inputs = (stdin: object | undefined) => ({ stdin: JSON.stringify(stdin) });
    await hook.callback({
        urn: "urn",
        id: "id",
        name: "name",
        type: "type",
        oldInputs: inputs(before),
        newInputs: inputs(now),
    });
}

test("a server whose API gets another port is cleared at the one before, as it was declared then", async () => {
    await update(request, { ...request, httpAddress: "http://10.0.0.1:9500", container: "now" });
    expect(vi.mocked(runScript).mock.calls).toEqual([["server clear", request]]);
});

test("it goes behind what else is done before", () => {
    const tried = new pulumi.ResourceHook("tried", () => undefined);
    const { beforeUpdate = [], afterUpdate } = clearedWhereItWas("clearance", {
        beforeUpdate: [tried],
        afterUpdate: [tried],
    });
    expect(beforeUpdate[0]).toBe(tried);
    expect(beforeUpdate).toHaveLength(2);
    expect(afterUpdate).toEqual([tried]);
});

test("what it refuses stops the change", async () => {
    vi.mocked(runScript).mockRejectedValueOnce(new Error("without it 1 of 3 voters"));
    const now = { ...request, httpAddress: "http://10.0.0.1:9500" };
    await expect(update(request, now)).rejects.toThrow("without it 1 of 3 voters");
});

test.each([
    { what: "the same API", before: request, now: { ...request, container: "now" } },
    {
        what: "another host",
        before: request,
        now: { ...request, httpAddress: "http://10.0.0.2:9500" },
    },
    {
        what: "the API of a secured cluster",
        before: request,
        now: { ...request, httpAddress: "https://10.0.0.1:8501" },
    },
    { what: "no request before", before: undefined, now: request },
    { what: "a request of something else", before: { server: "a" }, now: request },
])("with $what it is cleared once, by its own Command", async ({ before, now }) => {
    await update(before, now);
    expect(runScript).not.toHaveBeenCalled();
});
