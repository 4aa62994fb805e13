/**
 * The `host` of a Docker provider whose machine does not answer. The provider connects to a host of `ssh:` only
 * when it is asked for something; what it then reports names the machine. The name resolves nowhere: RFC 2606.
 */
export function unreachableHost(machineName: string): string {
    return `ssh://${machineName}.unreachable.invalid`;
}
