// slashes
/* a block
   of several lines, with = and { in it */
datacenter = "dc1" # behind a value
log_level  = "DEBUG" // and here
/* one line */ log_json = true
