node_meta {
  note = <<EOF
first "line"
second
EOF
  indented = <<-END
    one
      two
    END
}
