using System.ComponentModel.DataAnnotations;
using Sympozium.Silo.Hosting;

namespace Sympozium.Silo.Tests.Hosting;

public sealed class GrainClusterOptionsTests
{
    [Fact]
    public void Identity_InAPod_IsThePods()
    {
        var options = new GrainClusterOptions();

        options.FillFromPod(name => name switch { "POD_IP" => "10.1.2.3", "POD_NAME" => "silo-0", _ => null });

        Assert.Equal(("10.1.2.3", "silo-0"), (options.Address, options.SiloName));
    }

    [Fact]
    public void Identity_ThatIsSet_Stays_AndOutsideAPod_IsTheLoopback()
    {
        var options = new GrainClusterOptions { SiloName = "mine", SiloPort = 7000 };
        options.FillFromPod(name => name == "POD_NAME" ? "silo-0" : null);
        Assert.Equal(("127.0.0.1", "mine"), (options.Address, options.SiloName));

        var other = new GrainClusterOptions { SiloPort = 7000 };
        other.FillFromPod(_ => null);
        Assert.EndsWith("-7000", other.SiloName, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_ThatAreWrong_AreAllNamed()
    {
        var options = new GrainClusterOptions { SiloPort = 0, ResponseTimeout = TimeSpan.Zero };
        var problems = new List<ValidationResult>();

        Assert.False(Validator.TryValidateObject(options, new ValidationContext(options), problems, validateAllProperties: true));

        string all = string.Join("\n", problems.Select(problem => problem.ErrorMessage));
        Assert.Contains("'Sympozium:Grains:Database' is missing", all, StringComparison.Ordinal);
        Assert.Contains("SiloPort", all, StringComparison.Ordinal);
        Assert.Contains("ResponseTimeout", all, StringComparison.Ordinal);
    }
}
