import { describeError } from "../system/progress.ts";
import { property } from "../system/json.ts";

/** An answer of an agent that is not a success. */
export class ConsulError extends Error {
    readonly status: number;
    /** Which agent gave it. */
    readonly agent: string;

    constructor(path: string, status: number, text: string, agent: string) {
        super(`${path}: ${status} ${text}`);
        this.status = status;
        this.agent = agent;
    }
}

/**
 * An agent answers, and does not let us in: nothing is known of it. It may be at work, and is never to be taken for one
 * that is down.
 */
export class LockedOutError extends Error {
    /** Whether what answers has proven to be another node of the same cluster. */
    readonly isOtherNode: boolean;

    private constructor(message: string, cause: unknown, isOtherNode: boolean) {
        super(message, { cause });
        this.isOtherNode = isOtherNode;
    }

    /** Where a TLS connection to it fails by what either side shows. */
    static byTls(agent: string, cause: unknown): LockedOutError {
        return refusesCaller(cause)
            ? LockedOutError.#uncertified(agent, cause)
            : LockedOutError.#unproven(agent, cause);
    }

    /** Where it demands a certificate of its callers. */
    static #uncertified(agent: string, cause: unknown): LockedOutError {
        return new LockedOutError(
            `${agent} lets in only who shows a certificate of its cluster's CA: ${describeError(cause).trim()}. ` +
                "`pulumi up` writes one onto this computer; one's own is in the outputs clientCertificate and clientKey",
            cause,
            false,
        );
    }

    /** Where what answers is not proven to be the agent. */
    static #unproven(agent: string, cause: unknown): LockedOutError {
        return new LockedOutError(
            `${agent}: what answers there has not proven to be this agent: ${describeError(cause).trim()}. ` +
                "An agent whose certificate has expired gets another one by `pulumi up`; one of " +
                "another cluster has to go from this address",
            cause,
            // Names are compared once the certificate is known to be of a CA that is trusted.
            property(cause, "code") === "ERR_TLS_CERT_ALTNAME_INVALID",
        );
    }

    /** Where it accepts none of our tokens. */
    static refused(cause: ConsulError): LockedOutError {
        return new LockedOutError(
            `${cause.agent} refuses the tokens that this stack has: ${cause.message}. If they were ` +
                "deleted, or it was away while they were replaced, `pulumi up` makes them again",
            cause,
            false,
        );
    }
}

/** Whether an agent ended a TLS connection because of the certificate that was shown to it, or was not. */
export function refusesCaller(error: unknown): boolean {
    // During a handshake the code tells nothing.
    return (
        isStrangeAnswer(error) &&
        / alert ([a-z ]*certificate|unknown ca)/.test(describeError(error))
    );
}

/** Whether an agent refused to answer: a token is missing, or has too few rights. */
export function isRefusal(error: unknown): error is ConsulError {
    return error instanceof ConsulError && (error.status === 401 || error.status === 403);
}

/** That an agent answers and does not let us in, if this error says so. */
export function lockedOut(error: unknown): LockedOutError | undefined {
    if (error instanceof LockedOutError) {
        return error;
    }
    return isRefusal(error) ? LockedOutError.refused(error) : undefined;
}

/**
 * What to take for the answer of an agent that gives none, as one that is down: `agent.leader().catch(ifSilent(""))`.
 * One that answers and does not let us in stays an error.
 */
export function ifSilent<T>(substitute: T): (error: unknown) => T {
    return (error) => {
        const lock = lockedOut(error);
        if (lock !== undefined) {
            throw lock;
        }
        return substitute;
    };
}

/** Whether a TLS connection failed by what the other side said or showed, and not by its silence: the system's codes
 * for that are one word. */
export function isStrangeAnswer(error: unknown): boolean {
    const code = property(error, "code");
    return typeof code === "string" && (code === "EPROTO" || !/^E(AI_)?[A-Z0-9]+$/.test(code));
}
