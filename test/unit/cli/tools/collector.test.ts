import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Collector, limited, ToolsMissing } from "../../../../cli/tools/collector.ts";
import type { Attempt, ObtainOptions, Tool } from "../../../../cli/tools/obtain.ts";

/** What happens to a tool that is looked for, then built. */
interface Case {
    readonly found?: Attempt<string>;
    /** Why it cannot be built. @default it can */
    readonly obstacle?: string;
    readonly built?: Attempt<string>;
}

/** Makes tools; what is done for them is added to a list. */
function workshop() {
    const done: string[] = [];
    const tool = (name: string, { found, obstacle, built }: Case): Tool<string> => ({
        name,
        advice: `Get ${name}.`,
        ways: [
            {
                kind: "find",
                how: "here",
                attempt: () => {
                    done.push(`look for ${name}`);
                    return Promise.resolve(found ?? { missed: "no" });
                },
            },
            {
                kind: "build",
                how: "building",
                obstacle: () => Promise.resolve(obstacle),
                attempt: async () => {
                    done.push(`begin ${name}`);
                    await pause(5);
                    done.push(`end ${name}`);
                    return built ?? { got: name, note: "built" };
                },
            },
        ],
    });
    return { done, tool };
}

const here: Case = { found: { got: "it", note: "here" } };

/** Gets each tool, and all of them. */
function collect(tools: readonly Tool<string>[], options: ObtainOptions = {}) {
    const collector = new Collector(options);
    const got = tools.map((tool) => collector.get(tool));
    return collector.all(Promise.all(got).then((all) => Object.fromEntries(all.entries())));
}

describe("Collector", () => {
    it("returns the tools when all are there", async () => {
        const { tool } = workshop();
        expect(await collect([tool("saw", here)])).toEqual({ 0: "it" });
    });

    it("tells what was found in the order in which it was asked for", async () => {
        const said: string[] = [];
        const { tool } = workshop();
        const slow = tool("saw", here);
        const [find] = slow.ways;
        const attempt = () => pause(5).then(() => ({ got: "it", note: "here" }));
        const ways = find === undefined ? [] : [{ ...find, attempt }];
        await collect([{ ...slow, ways }, tool("nail", here)], {
            report: (line) => said.push(line),
        });
        expect(said).toEqual(["saw: here", "nail: here"]);
    });

    it("builds nothing where a tool cannot be had, and names the tools that it skipped", async () => {
        const { tool, done } = workshop();
        const said: string[] = [];
        const tools = [
            tool("glue", {}),
            tool("saw", { obstacle: "no steel" }),
            tool("nail", here),
            tool("drill", { obstacle: "no power" }),
        ];
        const error: unknown = await collect(tools, { report: (line) => said.push(line) }).catch(
            (thrown: unknown) => thrown,
        );
        expect(done.filter((what) => !what.startsWith("look"))).toEqual([]);
        expect(said).toEqual(["nail: here"]);
        expect(error).toBeInstanceOf(ToolsMissing);
        expect(error).toMatchObject({
            reason:
                "saw is missing (here: no; building: no steel); " +
                "drill is missing (here: no; building: no power)",
            message:
                "saw: not found, and not to be had here.\n  - here: no\n  - building: no steel\n" +
                "  Get saw.\n\n" +
                "drill: not found, and not to be had here.\n  - here: no\n  - building: no power\n" +
                "  Get drill.\n\n" +
                "Not fetched or built either, for it would be of no use: glue.",
        });
    });

    it("looks for all before it builds any, and builds two at once, in their order", async () => {
        const { tool, done } = workshop();
        await collect(["a", "b", "c"].map((name) => tool(name, {})));
        expect(done.slice(0, 5)).toEqual([
            "look for a",
            "look for b",
            "look for c",
            "begin a",
            "begin b",
        ]);
        expect(done.indexOf("begin c")).toBeGreaterThan(done.indexOf("end a"));
    });

    it("ends what is under way when a build fails, and begins no other", async () => {
        const { tool, done } = workshop();
        const tools = [
            tool("a", { built: { missed: "broken" } }),
            tool("b", {}),
            tool("c", {}),
            tool("d", {}),
        ];
        const said: string[] = [];
        await expect(collect(tools, { report: (line) => said.push(line) })).rejects.toThrow(
            "  - building: broken\n  Get a.\n\n" +
                "Not fetched or built either, for it would be of no use: ",
        );
        expect(done).toContain("end b");
        expect(said[0]).toBe("a: not to be had; what is under way is ended first");
        expect(done.filter((what) => what.startsWith("begin")).length).toBeLessThan(4);
    });

    it("waits for the tool by which it can be told whether another is there", async () => {
        const { tool, done } = workshop();
        const collector = new Collector({});
        const engine = collector.get(tool("engine", {}));
        let looks = 0;
        const image: Tool<string> = {
            name: "image",
            advice: "",
            ways: [
                {
                    kind: "find",
                    how: "by the engine",
                    attempt: () => {
                        looks += 1;
                        const isThere = done.includes("end engine");
                        return Promise.resolve(
                            isThere
                                ? { got: "image", note: "there" }
                                : { missed: "no engine", later: true },
                        );
                    },
                },
                ...tool("archive", here).ways,
            ],
        };
        const got = collector.get(image, engine);
        const all = Promise.all([engine, got]).then(([a, b]) => ({ a, b }));
        expect(await collector.all(all)).toEqual({ a: "engine", b: "image" });
        expect(looks).toBe(2);
        expect(done).not.toContain("look for archive");
    });

    it("looks for a tool by another one only when that is there", async () => {
        const { tool, done } = workshop();
        const collector = new Collector({});
        const cli = collector.get(tool("cli", {}));
        const plugin = collector.getBy(cli, (by) => tool(`plugin of ${by}`, here));
        expect(await collector.all(plugin.then((got) => ({ got })))).toEqual({ got: "it" });
        expect(done.at(-1)).toBe("look for plugin of cli");

        const none = new Collector({});
        const missing = none.get(tool("cli", { obstacle: "no" }));
        const of = none.getBy(missing, () => tool("plugin", here));
        await expect(none.all(of.then((got) => ({ got })))).rejects.toThrow(ToolsMissing);
    });
});

describe("limited", () => {
    it("passes errors on, and goes on after them", async () => {
        const one = limited(1);
        const failed = one(() => Promise.reject(new Error("no")));
        const next = one(() => Promise.resolve(7));
        await expect(failed).rejects.toThrow("no");
        expect(await next).toBe(7);
    });
});
