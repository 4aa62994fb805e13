/**
 * The `host` of a Docker provider whose machine does not answer. The provider connects to a host of `ssh:` only
 * when it is asked for something; what it then reports names the machine. The name resolves nowhere: RFC 2606.
 */
export function unreachableHost(machineName: string): string {
    return `ssh://${machineName}.unreachable.invalid`;
}

/** Whether a provider's `host` is that of a machine that does not answer. */
export function isUnreachableHost(host: string): boolean {
    return /^ssh:.*\.unreachable\.invalid$/.test(host);
}
