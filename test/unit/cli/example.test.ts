import { describe, expect, it } from "vitest";
import { eventually, nodesOf } from "../../../cli/example/check.ts";
import { exampleImages, exampleNeeds } from "../../../cli/example/images.ts";
import { declaredSettings } from "../../../cli/stack/declaredSettings.ts";
import { obtain } from "../../../cli/tools/obtain.ts";
import { exampleNames, examplePlace, readRequest } from "../../../cli/example/examples.ts";

const names = ["clients", "dns"];

describe("readRequest", () => {
    it.each([
        [["clients"], { name: "clients", destroy: false, settings: {} }],
        [["--destroy", "dns"], { name: "dns", destroy: true, settings: {} }],
        [
            ["clients", "--set", "image=a:1", "--set", 'clients=[{"name":"c"}]', "--set", "n=3"],
            {
                name: "clients",
                destroy: false,
                settings: { image: "a:1", clients: [{ name: "c" }], n: 3 },
            },
        ],
    ])("of %j is %j", (args, expected) => {
        expect(readRequest(args, names)).toEqual(expected);
    });

    const usage = "Usage: npm run example -- [options] <name>";

    it.each([
        [[], "missing required argument 'name'"],
        [["other"], 'example: got "other"; expected one of clients, dns'],
        [["clients", "dns"], "too many arguments. Expected 1 argument but got 2: clients, dns."],
    ])("refuses %j, and says which examples there are", (args, reason) => {
        const read = () => readRequest(args, names);
        expect(read).toThrow(reason);
        expect(read).toThrow("one of clients, dns");
    });

    it("refuses what it does not know, and what is no setting", () => {
        const read = () => readRequest(["clients", "--up"], names);
        expect(read).toThrow("unknown option '--up'");
        expect(read).toThrow(usage);
        expect(() => readRequest(["clients", "--set", "image"], names)).toThrow(
            '--set: got "image"; expected KEY=VALUE, such as datacenter=dc2',
        );
    });
});

describe("an example", () => {
    it("is every folder with a program, and none of stack files alone", () => {
        expect(exampleNames()).toContain("clients");
        expect(exampleNames()).not.toContain("stacks");
    });

    it("keeps its settings apart from those of every other", () => {
        const folders = exampleNames().map((name) => examplePlace(name).workFolder);
        expect(new Set(folders).size).toBe(folders.length);
    });

    it("takes a given archive by its path from its own folder", async () => {
        const { folder } = examplePlace("clients");
        const declared = { project: { name: "clients" }, stack: {} };
        const imageFor = async (given: string) => {
            const { image } = exampleNeeds(declared, { image: given });
            return exampleImages({ image: await obtain(image), otherImages: {} }, folder);
        };
        expect(await imageFor(".tools/images/consul.tar")).toEqual({
            image: "../../.tools/images/consul.tar",
        });
        expect(await imageFor("consul:1")).toEqual({ image: "consul:1" });
    });

    it.each([
        ["clients", []],
        ["discovery", ["nodeImage"]],
        ["registration", ["redisImage", "registratorImage"]],
    ])("%s needs the images that it declares, and lab machines", (name, others) => {
        const needs = exampleNeeds(declaredSettings(examplePlace(name)), {});
        expect(Object.keys(needs.otherImages ?? {})).toEqual(others);
        expect(needs.labMachines).toBe(true);
        expect(needs.image.name).toBe("Consul image");
    });
});

describe("what checks ask with", () => {
    it("asks until there is an answer", async () => {
        let asked = 0;
        const answer = await eventually("an answer", 5, () => {
            asked += 1;
            return asked < 3 ? Promise.reject(new Error("not yet")) : Promise.resolve("yes");
        });
        expect([answer, asked]).toEqual(["yes", 3]);
    });

    it("tells what was seen last where there is none", async () => {
        const never = eventually("a leader", 0, () => Promise.reject(new Error("none known")));
        await expect(never).rejects.toThrow("a leader: after 0 s: none known");
    });

    it("refuses outputs without nodes", () => {
        expect(() => nodesOf({})).toThrow();
    });
});
