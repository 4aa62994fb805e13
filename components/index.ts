/** The library: what another Pulumi program imports from this package. */
export { ConsulCluster } from "./cluster/consulCluster.ts";
export type {
    ClusterArgs,
    ConsulClusterArgs,
    LabMachineSpec,
    NodeArgs,
    NodeLists,
    NodeOutputs,
    OneMachine,
    SeparateMachines,
    SharedNodeArgs,
} from "./cluster/clusterArgs.ts";
export { existingNodes } from "./cluster/existingNodes.ts";
export type { ClientsAtOnce, RolloutArgs } from "./cluster/rollout.ts";
export { ConsulNode } from "./node/consulNode.ts";
export type { AgentSecurity, ClientIdentity, NodeSecurity } from "./node/nodeSecurity.ts";
export type { Adoption } from "../scripts/protocol/adoption.ts";
export type { JoinBundle, Rotation, Security } from "../scripts/protocol/security.ts";
export type {
    AgentSettings,
    ConsulNodeArgs,
    NodeAgentArgs,
    OnSharedMachine,
} from "./node/nodeArgs.ts";
export type {
    ContainerSettings,
    DataDriver,
    DataFolder,
    DataPlace,
} from "./node/containerSettings.ts";
export type { EngineOption, EngineProxy, EngineSettings } from "./machine/engineSettings.ts";
export type { Registries, RegistryLogin } from "./machine/registries.ts";
export type { FileArgs, Files } from "./node/broughtFiles.ts";
export type { SecretArg } from "./node/secretArgs.ts";
export { SharedMachine, type SharedMachineArgs } from "./machine/sharedMachine.ts";
export { DockerMachine, ofGeneration, type DockerMachineArgs } from "./machine/dockerMachine.ts";
export {
    MachineContainer,
    type MachineContainerArgs,
    type PublishedPort,
} from "./node/machineContainer.ts";
export { MachineStore, type MachineStoreArgs } from "./machine/machineStore.ts";
export { LabHost, type LabHostArgs } from "./machine/labHost.ts";
export { LabMachine, type LabMachineArgs } from "./machine/labMachine.ts";
export { archiveReference, defaultImage, type AgentImage } from "./agent/agentImage.ts";
export { agentImage } from "./agent/imageArchive.ts";
export type { ImageFlavour } from "../scripts/protocol/formation.ts";
export type {
    DriverMachine,
    GenericMachine,
    MachineArgs,
    VirtualboxMachine,
} from "./machine/machineArgs.ts";
export type { Json, JsonObject, TlsSettings } from "./agent/agentConfig.ts";
export { agentPorts, type PortRow, type Role } from "./agent/ports.ts";
export type { ExtraPort, PortNumbers, PortSettings } from "./agent/portSettings.ts";
export { Registrator, type RegistratorArgs } from "./node/registrator.ts";
export type {
    AliasCheck,
    AnyCheck,
    CheckStatus,
    CheckTiming,
    CheckTls,
    GrpcCheck,
    H2PingCheck,
    HttpCheck,
    Probe,
    ServiceCheck,
    TcpCheck,
    TtlCheck,
    UdpCheck,
} from "./node/checkArgs.ts";
export type {
    DefinedService,
    Given,
    GivenValue,
    Locality,
    NamedPort,
    NamedService,
    ServiceArgs,
    ServiceConnect,
    ServiceKind,
    ServiceWeights,
    TaggedAddress,
} from "./node/serviceArgs.ts";
