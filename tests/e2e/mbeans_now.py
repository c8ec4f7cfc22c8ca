"""What a running Java machine has registered: names and attributes of its MBeans, read by attaching to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from .components import program
from .processes import run

if TYPE_CHECKING:
    from pathlib import Path

    from .processes import Process

# For each MBean a line with its name, for each of its attributes a line that begins with a tab: name, type as it was
# declared before an MXBean's mapping, and the class of the value that it has now.
_DUMP = """\
import com.sun.tools.attach.VirtualMachine;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

public final class Dump {
    private static String valueClass(MBeanServerConnection server, ObjectName name, String attribute) {
        try {
            Object value = server.getAttribute(name, attribute);
            return value instanceof Number ? "number" : value == null ? "null" : value.getClass().getName();
        } catch (Exception error) {
            return "null";
        }
    }

    public static void main(String[] arguments) throws Exception {
        VirtualMachine machine = VirtualMachine.attach(arguments[0]);
        String address = machine.startLocalManagementAgent();
        machine.detach();
        try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(address))) {
            MBeanServerConnection server = connector.getMBeanServerConnection();
            for (int i = 1; i < arguments.length; i++) {
                for (ObjectName name : server.queryNames(new ObjectName(arguments[i]), null)) {
                    System.out.println(name.getCanonicalName());
                    for (MBeanAttributeInfo each : server.getMBeanInfo(name).getAttributes()) {
                        Object declared = each.getDescriptor().getFieldValue("originalType");
                        System.out.println("\\t" + each.getName()
                                + "\\t" + (declared == null ? each.getType() : declared)
                                + "\\t" + valueClass(server, name, each.getName()));
                    }
                }
            }
        }
    }
}
"""


@frozen
class Attribute:
    """An attribute of an MBean.

    Attributes:
        java_type: as its interface declares it, such as `java.util.Map<java.lang.String, java.lang.Long>`.
        value: the class of what it holds now, `number` for all numbers, `null` for nothing.
    """

    java_type: str
    value: str


def registered(process: Process, folder: Path, *patterns: str) -> dict[str, dict[str, Attribute]]:
    """Return the MBeans of a Java process whose names match, and their attributes.

    Args:
        process: of our own user.
        folder: for program and log.
        patterns: as in `debezium.*:*`.

    Raises:
        StackError: the process cannot be attached to.
    """
    source = folder / "Dump.java"
    source.write_text(_DUMP)
    output = run(
        f"reading the MBeans of {process.name}",
        [program("java"), "-XX:TieredStopAtLevel=1", "-Xmx128m", source, str(process.pid), *patterns],
        log=folder / "mbeans-now.log",
    )
    found: dict[str, dict[str, Attribute]] = {}
    attributes: dict[str, Attribute] = {}
    for line in output.splitlines():
        first, *fields = line.split("\t")
        if first:
            attributes = found.setdefault(first, {})
        else:
            name, java_type, value = fields
            attributes[name] = Attribute(java_type, value)
    return found
