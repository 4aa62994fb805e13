import { expect, test } from "vitest";
import { parseMachineEndpoint } from "../../../../components/machine/machineEndpoint.ts";

const endpoint = {
    address: "10.0.0.1",
    endpoint: "tcp://10.0.0.1:2376",
    bridgeAddress: "172.17.0.1",
    dockerVersion: "29.1.0",
    ca: "CA",
    cert: "CERT",
    key: "-----BEGIN RSA PRIVATE KEY-----",
};

/** The message with which a text is refused. */
function refusal(text: string): string {
    try {
        parseMachineEndpoint(text);
    } catch (error) {
        return error instanceof Error ? error.message : "";
    }
    throw new Error("it was not refused");
}

test("the answer of a machine's script is read as it is", () => {
    expect(parseMachineEndpoint(JSON.stringify(endpoint))).toEqual(endpoint);
});

test.each(Object.keys(endpoint))("an answer without %s is refused", (field) => {
    const { [field as keyof typeof endpoint]: left, ...rest } = endpoint;
    expect(left).toBeTypeOf("string");
    expect(refusal(JSON.stringify(rest))).toBe(
        "machine up: its answer lacks one of address, endpoint, bridgeAddress, dockerVersion, " +
            "ca, cert, key.",
    );
});

test.each([
    ["a number for the key", JSON.stringify({ ...endpoint, key: 1 })],
    ["a list", JSON.stringify([endpoint])],
    ["nothing", "null"],
    ["a text", JSON.stringify(endpoint.key)],
    ["no JSON at all", `the key: ${endpoint.key}`],
    ["JSON that is cut off", JSON.stringify(endpoint).slice(0, -2)],
    ["JSON that is spoilt beside the key", `{"key":"${endpoint.key}"${endpoint.key}}`],
])("%s is refused without a word of it, for it may hold the private key", (_, text) => {
    expect(refusal(text)).toBe(
        "machine up: its answer lacks one of address, endpoint, bridgeAddress, dockerVersion, " +
            "ca, cert, key.",
    );
});
