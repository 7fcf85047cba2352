echo "greeting=hello" >> "$GITHUB_OUTPUT"
