import { describe, expect, test } from "vitest";
import { imageTagProblems } from "../../../policy/rules/imageTag.ts";
import { containerType } from "../../../policy/rules/resource.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

function problemsOf(image: string): string[] {
    return imageTagProblems({ type: containerType, name: "it", props: { image } });
}

describe("imageTagProblems", () => {
    test.each([
        "hashicorp/consul:1.22.2",
        "registry.example:5000/consul:1",
        "consul:latest-alpine",
        `hashicorp/consul@${digest}`,
        `hashicorp/consul:latest@${digest}`,
        digest,
    ])("%s", (image) => {
        expect(problemsOf(image)).toEqual([]);
    });

    test.each([
        "hashicorp/consul",
        "hashicorp/consul:latest",
        "registry.example:5000/consul",
        "registry.example:5000/consul:latest",
        "hashicorp/consul@sha256:0123",
    ])("not %s", (image) => {
        expect(problemsOf(image)).toEqual([
            `image: got "${image}", which is another image on another day; a tag other than ` +
                '"latest", such as "hashicorp/consul:1.22.2", or a digest.',
        ]);
    });

    test("of an image that a machine pulls", () => {
        const pulled = { type: "docker:index/remoteImage:RemoteImage", name: "it" };
        expect(imageTagProblems({ ...pulled, props: { name: "consul" } })).toHaveLength(1);
        expect(imageTagProblems({ ...pulled, props: { name: "consul:1" } })).toEqual([]);
    });

    test("of nothing else", () => {
        const props = { image: "latest", name: "latest" };
        expect(imageTagProblems({ type: "other:index:Other", name: "it", props })).toEqual([]);
    });
});
