import { describe, expect, it } from "vitest";
import { Collector, ToolsMissing, type Tool } from "../../../../cli/tools/obtain.ts";

function tool(name: string, found: boolean, built: string[]): Tool<string> {
    return {
        name,
        advice: `Get ${name}.`,
        ways: [
            {
                kind: "find",
                how: "here",
                attempt: () => Promise.resolve(found ? { got: name, note: "" } : { missed: "no" }),
            },
            {
                kind: "build",
                how: "building",
                attempt: () => {
                    built.push(name);
                    return Promise.resolve({ missed: "cannot" });
                },
            },
        ],
    };
}

describe("Collector", () => {
    it("returns the tools when all are there", async () => {
        const collector = new Collector({});
        const tools = { saw: await collector.get(tool("saw", true, [])) };
        expect(collector.allOrThrow(tools)).toEqual({ saw: "saw" });
    });

    it("builds nothing once a tool is missing, and names the tools that it skipped", async () => {
        const built: string[] = [];
        const collector = new Collector({});
        await collector.get(tool("saw", false, built));
        await collector.get(tool("nail", true, built));
        await collector.get(tool("glue", false, built));
        expect(built).toEqual(["saw"]);
        const error = thrownBy(() => collector.allOrThrow({}));
        expect(error).toBeInstanceOf(ToolsMissing);
        expect(error).toMatchObject({
            reason: "saw is missing (here: no; building: cannot)",
            message:
                "saw: not found, and not to be had here.\n  - here: no\n  - building: cannot\n" +
                "  Get saw.\n\n" +
                "Not fetched or built either, for it would be of no use: glue.",
        });
    });
});

function thrownBy(work: () => unknown): unknown {
    try {
        return work();
    } catch (error) {
        return error;
    }
}
