data_dir   = "/var/lib/consul"
log_level  = "INFO"
node_name  = "app-7"
server     = false
retry_join = ["provider=aws tag_key=consul tag_value=prod secret_access_key=not-a-real-key"]
bind_addr      = "{{ GetPrivateIP }}"
advertise_addr = "{{ GetInterfaceIP \"ens5\" }}"
leave_on_terminate = true
enable_local_script_checks = true
node_meta {
  zone     = "eu-central-1b"
  instance = "m5.large"
}
