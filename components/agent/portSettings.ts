/** Numbers of the ports through which others ask the agents, where they are not Consul's own. */
export interface PortNumbers {
    /** Of the HTTP API and the web UI: in an open cluster on each machine's address; in a secured one at the bridge alone
     * ({@link PortSettings.httpOnBridge}), else nowhere. @default 8500 */
    readonly http?: number | false | undefined;
    /** Of the same over TLS, in a secured cluster. @default 8501 */
    readonly https?: number | false | undefined;
    /** Of DNS, over both protocols. @default 8600 */
    readonly dns?: number | undefined;
    /** Of gRPC without TLS, in an open cluster: Envoy proxies and consul-dataplane ask there. Consul tells others this
     * number (`grpc_port` among its gossip tags), so inside of the container it is the same. Consul calls it 8502; false
     * closes it. @default it is closed */
    readonly grpc?: number | false | undefined;
    /** The same over TLS. In an open cluster servers alone have it, with a certificate of Consul's mesh, as cluster peering
     * asks for. Consul calls it 8503; false closes it. @default it is not published */
    readonly grpcTls?: number | false | undefined;
}

/** One more port that the agents' containers publish: of the agent itself, or of what shares its container's network. */
export interface ExtraPort {
    /** Number on the machine. */
    readonly port: number;
    /** Number inside of the container. @default the same */
    readonly internal?: number | undefined;
    /** Transport protocol. @default "tcp" */
    readonly protocol?: "tcp" | "udp" | undefined;
    /** Where it is bound: to the machine's own address, or to that of its docker0 bridge, which the machine's containers
     * alone reach. @default "address" */
    readonly at?: "address" | "bridge" | undefined;
    /** The nodes that publish it. @default servers and clients */
    readonly roles?: readonly ("server" | "client")[] | undefined;
    /** What it is for. Preflight and messages say it. */
    readonly purpose: string;
}

/** What decides which ports the agents of a cluster publish, and where. Any change replaces the containers, one server
 * after another. */
export interface PortSettings {
    /** Other numbers than Consul's own. Those of RPC and gossip, 8300 to 8302, are fixed: an agent takes those that it
     * joins to have the same ones. @default Consul's own */
    readonly ports?: PortNumbers | undefined;
    /** Whether each node also answers DNS on its machine's own address, port 53. @default false */
    readonly dnsOnAddress?: boolean | undefined;
    /** Whether each node also answers DNS on its machine's docker0 address, port 53. @default false */
    readonly dnsOnBridge?: boolean | undefined;
    /** Whether the API is there without TLS on the machine's docker0 address, for the machine's other containers. In a
     * secured cluster tokens are asked for there, too. @default false */
    readonly httpOnBridge?: boolean | undefined;
    /** Further ports. @default none */
    readonly publish?: readonly ExtraPort[] | undefined;
}
