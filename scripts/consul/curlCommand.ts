/**
 * A command that asks a secured cluster, as an operator types it. The token goes through curl's standard input, for
 * every user of the computer sees the words of a command in the list of processes.
 *
 * @param words what else curl is told: options and the URL.
 */
export function securedCurl(words: string): string {
    return `printf 'X-Consul-Token: %s' "$CONSUL_HTTP_TOKEN" | curl --cacert ca.pem --header @- ${words}`;
}
