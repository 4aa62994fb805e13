import type { MachineEndpoint } from "../../scripts/protocol/machineEndpoint.ts";
import { answerTexts, optionalText } from "../pulumi/secretAnswer.ts";

/**
 * Reads what a machine's Command printed.
 *
 * @throws Error when it is not the answer of `machine up`; the text itself is not repeated in the
 *     message, because it holds a private key.
 */
export function parseMachineEndpoint(stdout: string): MachineEndpoint {
    const { address, endpoint, bridgeAddress, dockerVersion, ca, cert, key } = answerTexts(
        stdout,
        ["address", "endpoint", "bridgeAddress", "dockerVersion", "ca", "cert", "key"],
        "machine up",
    );
    // What else it has is for the store's folder, and goes no further.
    const reachAddress = optionalText(stdout, "reachAddress");
    const own = { address, endpoint, bridgeAddress, dockerVersion, ca, cert, key };
    return reachAddress === undefined ? own : { ...own, reachAddress };
}
