import { describe, expect, test } from "vitest";
import { judgeStep, parseVersion, versionOfTag } from "../../../../scripts/consul/versions.ts";

function judge(running: string, image: string, allowed?: string) {
    const [from, to] = [parseVersion(running), parseVersion(image)];
    if (from === undefined || to === undefined) {
        throw new Error("no version");
    }
    return judgeStep(from, to, allowed);
}

test.each([
    ["1.22.2", "1.22.2"],
    ["v1.22.2", "1.22.2"],
    ["1.20.6:1a2b3c4d", "1.20.6"],
    ["1.22.2+ent", "1.22.2"],
    ["2.0.0-rc1", "2.0.0"],
    ["1.22", undefined],
    ["latest", undefined],
    ["1.22.2.1", undefined],
    ["", undefined],
])("%j is the version %j", (text, version) => {
    expect(parseVersion(text)?.text).toBe(version);
});

test.each([
    ["hashicorp/consul:1.22.2", "1.22.2"],
    ["registry.example:5000/consul:1.21.5", "1.21.5"],
    ["registry.example:5000/consul:stable", undefined],
    [`hashicorp/consul@sha256:${"a".repeat(64)}`, undefined],
    [`hashicorp/consul:1.20.6@sha256:${"a".repeat(64)}`, "1.20.6"],
    ["consul-machines/agent:0123456789abcdef", undefined],
])("the tag of %s tells %j", (reference, version) => {
    expect(versionOfTag(reference)?.text).toBe(version);
});

describe("a change of version is", () => {
    test.each([
        ["1.22.2", "1.22.2"],
        ["1.22.1", "1.22.2"],
        ["1.20.6", "1.21.0"],
    ])("nothing to speak of: %s to %s", (running, image) => {
        expect(judge(running, image)).toEqual({});
    });

    test.each([
        ["1.22.2", "1.22.1"],
        ["1.22.2", "1.20.6"],
        ["2.0.0", "1.22.2"],
    ])("refused where it is down: %s to %s", (running, image) => {
        const { problem, warning } = judge(running, image);
        expect(problem).toMatch(
            new RegExp(
                `^Consul ${running} runs, and the image has ${image}, an older one: .* Name an image of ${running} or later; ` +
                    `to go back, restore a snapshot .*\`pulumi config set allowVersion ${image}\`\\.$`,
            ),
        );
        expect(warning).toBeUndefined();
    });

    test.each([
        ["1.18.2", "1.21.0", 3],
        ["1.21.4", "2.1.0", 3],
        ["0.9.4", "1.22.2", 23],
    ])("refused where it is too wide: %s to %s", (running, image, lines) => {
        const { problem } = judge(running, image);
        expect(problem).toContain(
            `Consul ${running} runs, and the image has ${image}, ${lines} major releases later; Consul's own instructions ` +
                "go over 2 at once. Go by an image in between first; or, if that is what you want, " +
                `\`pulumi config set allowVersion ${image}\`.`,
        );
    });

    test.each([
        ["1.20.6", "1.22.2"],
        ["1.21.4", "2.0.1"],
    ])("warned of where it is wide: %s to %s", (running, image) => {
        const { problem, warning } = judge(running, image);
        expect(problem).toBeUndefined();
        expect(warning).toContain(
            `Consul ${running} runs, and the image has ${image}: the widest step that Consul's own instructions take.`,
        );
    });

    test("told of with what breaks in between, and where that is written", () => {
        expect(judge("1.21.5", "1.22.0").warning).toBe(
            "Consul 1.21.5 runs, and the image has 1.22.0. Of what Consul calls breaking there is in between: " +
                "1.22.0: names of KV keys are checked (disable_kv_key_validation) " +
                "(https://github.com/hashicorp/consul/blob/v1.22.2/CHANGELOG.md).",
        );
        const { warning = "" } = judge("1.17.3", "1.19.0");
        expect(warning).toContain(
            "1.18.0: telemetry.disable_hostname holds for every sink (https://",
        );
        expect(warning).toContain("1.19.0: servers filter health queries");
        expect(warning).not.toContain("1.17.0");
        expect(warning).not.toContain("1.20.1");
    });

    test("allowed by the name of its version, and of no other", () => {
        expect(judge("1.22.2", "1.20.6", "1.20.6")).toEqual({
            warning:
                "Consul 1.22.2 runs, and the image has 1.20.6, an older one: it may not read what the newer one has written.",
        });
        expect(judge("1.18.2", "1.22.2", "1.22.2").problem).toBeUndefined();
        expect(judge("1.18.2", "1.22.2", "1.22.2").warning).toContain("4 major releases later");
        expect(judge("1.22.2", "1.20.6", "1.20.5").problem).toBeDefined();
    });
});
