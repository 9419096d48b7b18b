// Writes the SDK that `pulumi package add` generates for a TypeScript program: the same generator, called without the CLI's
// language host for Node.js, which Pulumi publishes only inside the CLI's archives. `nodejs-sdk-generator SCHEMA FOLDER`.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	log.SetFlags(0)
	source, folder := os.Args[1], os.Args[2]
	text, err := os.ReadFile(source)
	check(err)
	var spec schema.PackageSpec
	check(json.Unmarshal(text, &spec))
	languages := map[string]schema.Language{"nodejs": nodejs.Importer}
	others := schema.NewCachedLoader(nil) // the schema refers to no other package
	bound, err := schema.ImportSpec(spec, languages, others, schema.ValidationOptions{})
	check(err)
	files, err := nodejs.GeneratePackage("pulumi", bound, nil, nil, true, others)
	check(err)
	for name, content := range files {
		file := filepath.Join(folder, name)
		check(os.MkdirAll(filepath.Dir(file), 0o755))
		check(os.WriteFile(file, content, 0o644))
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
