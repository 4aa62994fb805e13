import { describe, expect, it } from "vitest";
import { obtain, type ObtainOptions, type Tool } from "../../../../cli/tools/obtain.ts";
import {
    askedProviders,
    providersTool,
    type PluginSource,
    type ProviderChoice,
} from "../../../../cli/tools/providers.ts";

const pulumi = { path: "/bin/pulumi", version: "3.276.0" };

/** A computer that has these plugins, and sites that have those. */
class Computer implements PluginSource {
    readonly #installed: string[];
    readonly #served: readonly string[];
    readonly probed: string[] = [];
    readonly fetched: string[] = [];

    constructor(installed: readonly string[], served: readonly string[] = []) {
        this.#installed = [...installed];
        this.#served = served;
    }

    readonly tool = ({ name }: { readonly name: string }): Tool<string> => {
        const find = () =>
            this.#installed.includes(name) ? { got: name, note: "" } : { missed: "none" };
        const fetch = () => {
            this.fetched.push(name);
            return { got: name, note: "" };
        };
        return {
            name,
            ways: [
                { kind: "find", how: "installed", attempt: () => Promise.resolve(find()) },
                { kind: "fetch", how: "downloading", attempt: () => Promise.resolve(fetch()) },
            ],
            advice: `Install ${name}.`,
        };
    };

    readonly whyNoDownload = ({ name }: { readonly name: string }): Promise<string | undefined> => {
        this.probed.push(name);
        return Promise.resolve(this.#served.includes(name) ? undefined : "no such host");
    };

    /** What is chosen, and the line that says so. */
    async choose(asked?: ProviderChoice["kind"], options: ObtainOptions = {}) {
        let line = "";
        const report = (text: string) => {
            line = text;
        };
        const tool = providersTool(pulumi, asked, this);
        const { kind } = await obtain(tool, { ...options, report });
        return { kind, line };
    }
}

const both = ["command", "docker"];
const officialLine = "Pulumi's providers: Pulumi's own plugins (docker 5.2.0, command 1.2.1)";

describe("askedProviders", () => {
    it.each([
        [undefined, undefined],
        ["", undefined],
        ["official", "official"],
        ["embedded", "embedded"],
    ])("of %j is %j", (value, expected) => {
        expect(askedProviders({ CONSUL_MACHINES_PROVIDERS: value })).toBe(expected);
    });

    it("refuses anything else, and says what is allowed", () => {
        expect(() => askedProviders({ CONSUL_MACHINES_PROVIDERS: "Embedded" })).toThrow(
            'CONSUL_MACHINES_PROVIDERS: got "Embedded"; expected official or embedded',
        );
    });
});

describe("the providers", () => {
    it("are Pulumi's own where both plugins are installed", async () => {
        const computer = new Computer(both);
        expect(await computer.choose()).toEqual({ kind: "official", line: officialLine });
        expect(computer.probed).toEqual([]);
    });

    it("are Pulumi's own where the missing one can be downloaded", async () => {
        const computer = new Computer(["docker"], both);
        expect(await computer.choose()).toEqual({ kind: "official", line: officialLine });
        expect(computer.fetched).toEqual(["command"]);
    });

    it("are embedded where one can be neither found nor downloaded; the other is not tried", async () => {
        const computer = new Computer([]);
        expect(await computer.choose()).toEqual({
            kind: "embedded",
            line:
                "Pulumi's providers: embedded (Pulumi's docker plugin 5.2.0 is not installed and " +
                "cannot be downloaded: no such host)",
        });
        expect([computer.probed, computer.fetched]).toEqual([["docker"], []]);
    });

    it("are not downloaded where nothing may be changed", async () => {
        const computer = new Computer(["docker"], both);
        expect(await computer.choose(undefined, { only: "find" })).toEqual({
            kind: "embedded",
            line: "Pulumi's providers: embedded (Pulumi's command plugin 1.2.1 is not installed)",
        });
        expect([computer.probed, computer.fetched]).toEqual([[], []]);
    });

    it("are embedded where that is asked for, whatever is installed", async () => {
        expect(await new Computer(both).choose("embedded")).toEqual({
            kind: "embedded",
            line: "Pulumi's providers: embedded (CONSUL_MACHINES_PROVIDERS=embedded)",
        });
    });

    it("are missing where Pulumi's own are asked for and cannot be had", async () => {
        const choosing = new Computer(["command"]).choose("official");
        await expect(choosing).rejects.toThrow(
            /docker plugin 5\.2\.0 is not installed and cannot be downloaded: no such host\n.*Install docker\..*leave CONSUL_MACHINES_PROVIDERS unset/s,
        );
    });
});
