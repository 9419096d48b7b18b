// The language host that the Pulumi engine starts for Python programs and for plugins written in Python.
//
// Pulumi publishes its own host only inside the CLI's archives, never as a Go module. This one does what the engine
// asks of it while it deploys and installs; the SDK's toolchain package knows pip, uv and poetry. It lists no packages:
// a program's plugins come from its Pulumi.yaml, from PATH, or from the engine itself.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	// The exit code of pulumi-language-python-exec once it has shown the program's error itself.
	errorShown = 32
	// How long a plugin that was interrupted may take to end.
	graceTime = 5 * time.Second
)

type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	// The address of the engine's gRPC service, for the program.
	engine string
	// Done once the engine has asked to cancel: programs end then, plugins go on with what they are doing.
	cancelled context.Context
	cancel    context.CancelFunc
}

func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

func (h *host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}

func (h *host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	ctx, interrupt := context.WithCancel(ctx)
	defer interrupt()
	defer context.AfterFunc(h.cancelled, interrupt)()

	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arguments := []string{
		"-u", filepath.Join(filepath.Dir(self), "pulumi-language-python-exec"),
		"--monitor=" + request.MonitorAddress, "--engine=" + h.engine,
		"--project=" + request.Project, "--stack=" + request.Stack, "--organization=" + request.Organization,
		"--root_directory=" + request.Info.RootDirectory, "--pwd=" + request.Pwd,
		fmt.Sprintf("--dry_run=%t", request.DryRun), fmt.Sprintf("--parallel=%d", request.Parallel),
		"--", request.Info.EntryPoint,
	}
	program, err := python(ctx, request.Info, append(arguments, request.Args...)...)
	if err != nil {
		return nil, err
	}
	// Empty ones are sent as {} and []: the SDK does not take null.
	config, err := json.Marshal(maps.Collect(maps.All(request.Config)))
	if err != nil {
		return nil, err
	}
	secretKeys, err := json.Marshal(append([]string{}, request.ConfigSecretKeys...))
	if err != nil {
		return nil, err
	}
	program.Env = append(program.Environ(),
		"PULUMI_CONFIG="+string(config), "PULUMI_CONFIG_SECRET_KEYS="+string(secretKeys))
	program.Stdout, program.Stderr = os.Stdout, os.Stderr
	program.Cancel = func() error { return program.Process.Signal(os.Interrupt) }

	err = program.Run()
	switch code := program.ProcessState.ExitCode(); {
	case code == 0:
		return &pulumirpc.RunResponse{}, nil
	case code == errorShown:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case code > 0:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program exited with non-zero exit code: %d", code)}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program exited unexpectedly: %s", err)}, nil
	}
}

func (h *host) RunPlugin(
	request *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	arguments := []string{"-u", request.Info.ProgramDirectory}
	name, err := packageName(request.Info.ProgramDirectory)
	if err != nil {
		return err
	}
	if name != "" {
		arguments = []string{"-u", "-m", "pulumi.run.plugin", name}
	}
	plugin, err := python(stream.Context(), request.Info, append(arguments, request.Args...)...)
	if err != nil {
		return err
	}
	plugin.Dir = request.Pwd
	plugin.Env = append(plugin.Environ(), request.Env...)
	plugin.Cancel = func() error { return plugin.Process.Signal(os.Interrupt) }
	plugin.WaitDelay = graceTime
	plugin.Stdout, plugin.Stderr = writers(
		func(output []byte) error {
			return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: output}})
		},
		func(output []byte) error {
			return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: output}})
		},
	)
	if err := plugin.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		return err
	}
	code := int32(plugin.ProcessState.ExitCode())
	return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: code}})
}

func (h *host) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	tools, err := tools(request.Info)
	if err != nil {
		return err
	}
	stdout, stderr := writers(
		func(output []byte) error { return stream.Send(&pulumirpc.InstallDependenciesResponse{Stdout: output}) },
		func(output []byte) error { return stream.Send(&pulumirpc.InstallDependenciesResponse{Stderr: output}) },
	)
	folder, versions := request.Info.ProgramDirectory, request.UseLanguageVersionTools
	if err := tools.InstallDependencies(stream.Context(), folder, versions, true, stdout, stderr); err != nil {
		return err
	}
	name, err := packageName(folder)
	if err != nil || name == "" || !request.IsPlugin {
		return err
	}
	return tools.InstallPackage(stream.Context(), folder, versions, true, stdout, stderr)
}

// tools are what the project installs and runs Python with: as its Pulumi.yaml says, else its lock file, else pip.
func tools(info *pulumirpc.ProgramInfo) (toolchain.Toolchain, error) {
	options := toolchain.PythonOptions{Root: info.RootDirectory, ProgramDir: info.ProgramDirectory}
	given := info.Options.AsMap()
	options.Virtualenv, _ = given["virtualenv"].(string)
	switch given["toolchain"] {
	case nil:
		options.Toolchain = toolchain.Auto
	case "pip":
		options.Toolchain = toolchain.Pip
	case "poetry":
		options.Toolchain = toolchain.Poetry
	case "uv":
		options.Toolchain = toolchain.Uv
	default:
		return nil, fmt.Errorf("unknown toolchain %q in Pulumi.yaml: use pip, poetry or uv", given["toolchain"])
	}
	return toolchain.ResolveToolchain(options)
}

// python is a command in the project's environment, which is created where Pulumi.yaml names one that is not there yet.
func python(ctx context.Context, info *pulumirpc.ProgramInfo, arguments ...string) (*exec.Cmd, error) {
	tools, err := tools(info)
	if err != nil {
		return nil, err
	}
	if err := tools.EnsureVenv(ctx, info.ProgramDirectory, false, false, io.Discard, io.Discard); err != nil {
		return nil, err
	}
	if err := tools.ValidateVenv(ctx); err != nil {
		return nil, err
	}
	return tools.Command(ctx, arguments...)
}

// packageName is the distribution that a plugin's folder holds; empty where the folder itself can be run.
func packageName(folder string) (string, error) {
	if _, err := os.Stat(filepath.Join(folder, "__main__.py")); err == nil {
		return "", nil
	}
	if buildable, err := toolchain.IsBuildablePackage(folder); err != nil || !buildable {
		return "", err
	}
	pyproject, err := toolchain.LoadPyproject(folder)
	if err != nil {
		return "", err
	}
	return pyproject.Project.Name, nil
}

type writer func([]byte) error

func (send writer) Write(output []byte) (int, error) { return len(output), send(output) }

// writers send one after the other: a gRPC stream does not allow two sends at once.
func writers(stdout, stderr func([]byte) error) (io.Writer, io.Writer) {
	var sending sync.Mutex
	ordered := func(send func([]byte) error) writer {
		return func(output []byte) error {
			sending.Lock()
			defer sending.Unlock()
			return send(output)
		}
	}
	return ordered(stdout), ordered(stderr)
}

func main() {
	// The engine ends its hosts by an interrupt; a host whose engine was killed finds out by itself.
	ended, end := signal.NotifyContext(context.Background(), os.Interrupt)
	engine := os.Args[len(os.Args)-1]
	cancelled, cancel := context.WithCancel(context.Background())
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{Init: func(server *grpc.Server) error {
		pulumirpc.RegisterLanguageRuntimeServer(server, &host{engine: engine, cancelled: cancelled, cancel: cancel})
		return nil
	}})
	if err == nil {
		err = rpcutil.Healthcheck(ended, engine, time.Minute, end)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(handle.Port)
	<-ended.Done()
}
