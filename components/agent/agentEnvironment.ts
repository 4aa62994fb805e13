/**
 * Variables by which the images' entry points or Consul's own command would be told something else
 * than what the components say, and why nobody else may set them.
 */
export const ownedVariables: Readonly<Record<string, string>> = {
    CONSUL_BIND_INTERFACE: "the container binds every interface of its own",
    CONSUL_CLIENT_INTERFACE: "host-IP port bindings decide where clients reach the agent",
    CONSUL_CONFIG_DIR: 'use the setting "agentConfig"',
    CONSUL_DATA_DIR: "data lives on the node's named volume",
    CONSUL_HTTP_ADDR: "the container's health check asks its own agent",
    CONSUL_HTTP_SSL: "the container's health check asks its own agent, in plain HTTP",
    CONSUL_LOCAL_CONFIG: 'use the setting "agentConfig", which is checked',
    CONSUL_NAMESPACE: "only Consul Enterprise has namespaces, and the open edition refuses them",
    CONSUL_PARTITION: "only Consul Enterprise has partitions, and the open edition refuses them",
    CONSUL_RPC_ADDR: "the container's health check asks its own agent",
};

/** The problems of an operator's extra environment, one line per variable we own. */
export function environmentVariableProblems(
    environment: Readonly<Record<string, string>>,
): string[] {
    return Object.keys(environment)
        .filter((name) => Object.hasOwn(ownedVariables, name))
        .map((name) => `environment.${name}: cannot be set here; ${ownedVariables[name] ?? ""}`);
}
