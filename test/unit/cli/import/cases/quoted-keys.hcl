"datacenter" = "dc1"
"node_meta" = {
  "rack.row" = "r-1"
  "Owner"    = "ops"
}
"Log_Level" = "warn"
