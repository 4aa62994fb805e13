import { X509Certificate } from "node:crypto";
import { servedCertificate } from "../machine/certificates.ts";
import { certificateFile } from "../protocol/agentFiles.ts";
import type { SecuredNode } from "../protocol/security.ts";
import { property } from "../system/json.ts";
import { progress } from "../system/progress.ts";
import { waitFor, type Missing } from "../system/waitFor.ts";
import type { NodeVolumes, Texts, VolumesOwner } from "./configVolume.ts";

/** Milliseconds for an agent that has just started to answer: a fraction of a second, unless the machine is busy. */
const answerLimit = 90_000;

/** Milliseconds for an agent to use what it has reloaded: at once. */
const effectLimit = 10_000;

const handshakeTimeoutMs = 3000;

/** What `consul` prints where the agent does not listen yet. */
const notYet = /connection refused/i;

/** What it prints where the agent does not accept its token. */
const refusedToken = /\b403\b|ACL not found|Permission denied/i;

/**
 * Has a running agent read its files again, by its own program in its container: that needs neither a certificate that
 * is still valid nor an address, and it takes the token of before.
 *
 * @param token the file of that token as it is to be: written where the agent refuses the one before, for it has taken
 *     its files already and was interrupted.
 * @throws Error with the agent's reason where it refuses its files.
 */
export async function reloadAgent(
    { nodeName, agent }: VolumesOwner,
    volumes: NodeVolumes,
    token: Texts,
): Promise<void> {
    let isNewToken = false;
    let refusal: string | undefined;
    const reloaded = async (): Promise<Missing> => {
        const { exitCode, output } = await volumes.execute(["consul", "reload"]);
        if (exitCode === 0) {
            return undefined;
        }
        if (notYet.test(output)) {
            return output;
        }
        if (!isNewToken && refusedToken.test(output)) {
            isNewToken = true;
            await volumes.write(token);
            return output;
        }
        refusal = output;
        return undefined;
    };
    await waitFor(reloaded, { limit: answerLimit, interval: 300, onChange: progress });
    if (refusal !== undefined) {
        throw new Error(
            `${nodeName}: its agent on the machine "${agent.machine}" refuses its new files, and goes on with what it ` +
                `has read before: ${refusal}`,
        );
    }
    progress(`${nodeName} has reloaded its certificates and tokens`);
}

/**
 * Checks that a running agent uses what it has reloaded: that it accepts the token of its own commands, and serves its
 * certificate in a new connection.
 *
 * @param certificate the file of its certificate, PEM.
 * @throws Error where it does not.
 */
export async function checkReloaded(
    node: VolumesOwner & Pick<SecuredNode, "httpAddress" | "askThrough">,
    volumes: NodeVolumes,
    certificate: string | undefined,
): Promise<void> {
    const { nodeName, agent, httpAddress, askThrough: queryVia = nodeName } = node;
    const limits = { limit: effectLimit, onChange: progress };
    const where = `${nodeName}: its agent on the machine "${agent.machine}" has reloaded its files, but`;
    const accepted = async () => {
        const { exitCode, output } = await volumes.execute(["consul", "members"]);
        return exitCode === 0 ? undefined : `${where} refuses its own commands: ${output}`;
    };
    await waitFor(accepted, limits);
    // Another node answers there for one that is not reached from outside.
    if (certificate !== undefined && queryVia === nodeName) {
        const { hostname, port } = new URL(httpAddress);
        const endpoint = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
        const written = new X509Certificate(certificate).fingerprint256;
        const served = async () => {
            const fingerprint256 = await servedCertificate(endpoint, handshakeTimeoutMs).then(
                (shown) => shown.fingerprint256,
                (error: unknown) => {
                    // It runs, and is not published there: a container that is will be made, or its gate says so.
                    if (property(error, "code") === "ECONNREFUSED") {
                        return written;
                    }
                    throw error;
                },
            );
            return fingerprint256 === written
                ? undefined
                : `${where} serves another certificate at ${httpAddress} than ${certificateFile}`;
        };
        await waitFor(served, limits);
    }
}
