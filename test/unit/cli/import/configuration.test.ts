import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { readConfiguration } from "../../../../cli/import/configuration.ts";
import { loadHclParser, parseHcl } from "../../../../cli/import/hcl.ts";
import type { SourceFile } from "../../../../cli/import/sources.ts";
import { hasHclParser, withoutHclParser } from "../../../support/hclParser.ts";

const cases = join(import.meta.dirname, "cases");
const names = readdirSync(cases).filter((name) => name.endsWith(".hcl"));

function json(path: string, value: unknown): SourceFile {
    return { path, format: "json", text: JSON.stringify(value) };
}

function hcl(path: string, text: string): SourceFile {
    return { path, format: "hcl", text };
}

/** The configuration of files, without what says where it is from. */
function read(...files: SourceFile[]) {
    const { config, services, checks } = readConfiguration(files);
    return { config, services, checks };
}

test("there are files as they are found", () => {
    expect(names.length).toBeGreaterThan(12);
});

describe.skipIf(!hasHclParser)(`a file in HCL is read as Consul does${withoutHclParser}`, () => {
    it.each(names)("%s", async (name) => {
        const text = readFileSync(join(cases, name), "utf8");
        const found = read(hcl(name, text));
        await expect(`${JSON.stringify(found, null, 4)}\n`).toMatchFileSnapshot(
            join(cases, name.replace(/hcl$/, "golden")),
        );
    });
});

describe.skipIf(!hasHclParser)(`what is no HCL of Consul's${withoutHclParser}`, () => {
    it.each([
        ["a = [1,\nb = 2", "x.hcl:2:1: no HCL: unexpected token while parsing list: IDENT"],
        ["datacenter = dc1", "x.hcl:1:14: no HCL: Unknown token: 1:14 IDENT dc1"],
        ["acl {\n", "x.hcl:2:2: no HCL: object expected closing RBRACE got: EOF"],
        [
            "a = 1\nb = 10737418240",
            "x.hcl:2: 10737418240 has more than 32 bits, which Consul reads and this parser does not; write 10737418240.0 for it",
        ],
        [
            'service { name = "a" }\nservice { name = "b" }',
            "x.hcl: service is there 2 times, and Consul takes one; call them services",
        ],
        [
            "ports { dns = 1 }\nports { http = 2 }",
            "x.hcl: ports is there 2 times, and Consul takes one",
        ],
    ])("%j is refused with file and line", (text, message) => {
        expect(() => read(hcl("x.hcl", text))).toThrow(expect.objectContaining({ message }));
    });

    it("leaves the stack traces of this process as they were", () => {
        const { stackTraceLimit } = Error;
        loadHclParser();
        expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    });
});

test("a parser that is not installed is named with what to type", () => {
    const absent = () => {
        throw new Error("Cannot find module");
    };
    expect(() => loadHclParser(absent)).toThrow(
        "HCL is read by the package js-hcl-parser, which is not here: " +
            "npm install js-hcl-parser@1.0.1 (or give the files as JSON)",
    );
});

test("words of the parser that name no place are passed on", () => {
    expect(() => parseHcl("x.hcl", "", () => "unable to parse JSON: odd")).toThrow(
        "x.hcl: no HCL: odd",
    );
});

describe("JSON", () => {
    it("that is none is refused with its line", () => {
        const file: SourceFile = { path: "a.json", format: "json", text: '{\n"a": 1,\n}' };
        expect(() => read(file)).toThrow(/^a\.json(:3)?: no JSON: /);
    });

    it("that is no map is refused", () => {
        expect(() => read(json("a.json", [1]))).toThrow("a.json: got [1]; a map of Consul's keys");
    });
});

describe("several files", () => {
    it("are merged: later values win, blocks by key, lists one after another", () => {
        const { config } = read(
            json("1.json", { log_level: "INFO", ports: { dns: 53 }, retry_join: ["a"] }),
            json("2.json", { Log_Level: "WARN", ports: { http: -1 }, retry_join: ["b"] }),
        );
        expect(config).toEqual({
            log_level: "WARN",
            ports: { dns: 53, http: -1 },
            retry_join: ["a", "b"],
        });
    });

    it("have maps of an operator's own words from the last one that has any", () => {
        const { config } = read(
            json("1.json", { node_meta: { rack: "1", Zone: "a" } }),
            json("2.json", { node_meta: { rack: "2" } }),
            json("3.json", { node_meta: {} }),
        );
        expect(config).toEqual({ node_meta: { rack: "2" } });
    });

    it("have their services one after another, each with its file", () => {
        const { services, checks } = read(
            json("1.json", { service: { name: "a" }, services: [{ name: "b" }] }),
            json("2.json", { service: { Name: "c", Meta: { Team: "x" } }, check: { ttl: "1s" } }),
        );
        expect(services.map(({ file, definition }) => [file, definition])).toEqual([
            ["1.json", { name: "b" }],
            ["1.json", { name: "a" }],
            ["2.json", { Name: "c", Meta: { Team: "x" } }],
        ]);
        expect(checks).toEqual([{ file: "2.json", definition: { ttl: "1s" } }]);
    });

    it("are named as the place of what they say", () => {
        const { fileOf } = readConfiguration([
            json("1.json", { ports: { dns: 53, http: 1 } }),
            json("2.json", { ports: { http: 2 } }),
        ]);
        expect(fileOf(["ports", "dns"])).toBe("1.json");
        expect(fileOf(["ports", "http"])).toBe("2.json");
    });
});
