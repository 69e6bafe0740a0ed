using System.CommandLine;
using Sympozium.Cli.Images;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium build-images</c>: container images as OCI archives, without a container engine. <c>./build-images</c> publishes the programs and calls it.</summary>
internal sealed class BuildImagesCommand : Verb
{
    private readonly Option<string?> _base = new("--base") { Description = "Root filesystem that the images stand on", HelpName = "DIR" };
    private readonly Option<string?> _baseImage = new("--base-image") { Description = "Image archive that they stand on (OCI, or of docker save)", HelpName = "ARCHIVE" };
    private readonly Option<string?> _silo = new("--silo") { Description = "Published Sympozium.Silo", HelpName = "DIR" };
    private readonly Option<string?> _runner = new("--runner") { Description = "Published Sympozium.Runner", HelpName = "DIR" };
    private readonly Option<string> _output = new("--output", "-o") { Description = "Where the archives go", DefaultValueFactory = _ => "artifacts/images", HelpName = "DIR" };
    private readonly Option<string> _registry = new("--registry") { Description = "First part of the images' names", DefaultValueFactory = _ => "ghcr.io/sympozium", HelpName = "NAME" };
    private readonly Option<string> _tag = new("--tag") { Description = "Tag", DefaultValueFactory = _ => VersionCommand.Version, HelpName = "TAG" };

    public BuildImagesCommand(CliContext context)
        : base(context, "build-images", "Builds the images of silo, gateway and runner as OCI archives. The same input gives the same digests.",
            "sympozium build-images --base ./rootfs --silo ./silo --runner ./runner", "sympozium build-images --base-image debian.tar --silo ./silo --runner ./runner -o ./images")
    {
        foreach (Option option in (Option[])[_base, _baseImage, _silo, _runner, _output, _registry, _tag])
        {
            Add(option);
        }
    }

    protected override Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string? directory = parsed.GetValue(_base);
        string? archive = parsed.GetValue(_baseImage);
        if ((directory is null) == (archive is null))
        {
            throw new CliException(ExitCodes.Usage, "say what the images stand on: either --base DIR (a root filesystem) or --base-image ARCHIVE");
        }

        string? silo = parsed.GetValue(_silo);
        string? runner = parsed.GetValue(_runner);
        if (silo is null && runner is null)
        {
            throw new CliException(ExitCodes.Usage, "name the published programs with --silo DIR and --runner DIR, or run ./build-images, which makes them");
        }

        string output = Directory.CreateDirectory(parsed.GetValue(_output)!).FullName;
        string work = Directory.CreateTempSubdirectory("sympozium-images-").FullName;
        try
        {
            BaseImage image = directory is not null ? BaseImage.FromDirectory(directory, work) : BaseImage.FromArchive(archive!, work);
            ImageBuilder builder = new(image, parsed.GetValue(_registry)!, parsed.GetValue(_tag)!, work);
            if (silo is not null)
            {
                Tell(builder.Build("silo", silo, ["/app/sympozium-silo"], output));
                Tell(builder.Build("gateway", silo, ["/app/sympozium-silo", "gateway"], output));
            }

            if (runner is not null)
            {
                Tell(builder.Build("runner", runner, ["/app/sympozium-runner"], output));
            }

            return Task.FromResult(ExitCodes.Ok);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private void Tell((string Name, string Digest, string Archive) image) => Context.Terminal.Out.WriteLine($"{image.Name}@{image.Digest} {image.Archive}");
}
